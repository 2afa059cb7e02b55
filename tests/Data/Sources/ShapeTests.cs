using GpuLstm.Data.Sources;

namespace GpuLstm.Tests.Data.Sources;

/// <summary>What files are recognised as, and which of their columns are read.</summary>
public sealed class ShapeTests
{
    private const string Header = "id,title,stars,body\n1,A,5,so good\n2,B,1,so bad\n";

    [Theory]
    [InlineData("review,sentiment\nso good,positive\nso bad,negative\n",
        "CSV with a header; text: column 'review', label: column 'sentiment'")]
    [InlineData("sentence\tlabel\na \"fine\" film\t1\n\" an odd one\t0\n",
        "TSV with a header; text: column 'sentence', label: column 'label'")]
    [InlineData("1,Game,Positive,so good\n2,Game,Negative,so bad\n", "the article's tweets; text: column 4, label: column 3")]
    [InlineData("T-1,Game,Positive,so good\nT-2,Game,Negative,so bad\nT-3,Game,Positive,so fine\nT-4,Game,Positive,so so\n",
        "CSV without a header; text: column 4, label: column 3")]
    [InlineData("0,1467,Mon Apr 06,NO_QUERY,me,so bad\n0,1468,Mon Apr 06,NO_QUERY,you,so sad\n",
        "Sentiment140; text: column 6, label: column 1")]
    [InlineData("Betreff;Bereich\nes geht nicht;IT\nes kam nie an;Versand\nes ist weg;IT\nes ist zu;IT\nso nicht;Versand\n"
        + "wo ist es;Versand\nes brennt;IT\nes rennt;IT\n",
        "columns separated by ';' with a header; text: column 'Betreff', label: column 'Bereich'")]
    [InlineData("T-17,Billing,the bill is wrong\nT-18,Shipping,it never came\nT-19,Billing,paid twice\nT-20,Shipping,lost it\n",
        "CSV without a header; text: column 3, label: column 2")]
    [InlineData("{\"review\": \"so good\", \"stars\": 5}\n{\"review\": \"so bad\", \"stars\": 1}\n",
        "JSON lines; text: column 'review', label: column 'stars'")]
    [InlineData("\uFEFF__label__2 so good\n__label__1 so bad\n", "fastText's form, a label and a text a line")]
    [InlineData(Header, "CSV with a header; text: column 'body', label: column 'stars'")]
    [InlineData(",text,label\n0,so good,1\n1,so bad,0\n", "CSV with a header; text: column 'text', label: column 'label'")]
    [InlineData("v1,v2,,,\nham,so good to see,,,\nspam,win now,,,\nham,ok then,,,\nham,on my way,,,\nspam,free gift,,,\n"
        + "ham,see you,,,\nham,at home,,,\nspam,call now,,,\n",
        "CSV with a header; text: column 'v2', label: column 'v1'")]
    [InlineData("sep=;\ntext;label\nso good, really;1\nso bad, really;0\n",
        "columns separated by ';' with a header; text: column 'text', label: column 'label'")]
    [InlineData("[deleted],0\nso good,1\nso bad,0\nso so,1\n", "CSV without a header; text: column 1, label: column 2")]
    [InlineData("feedback,verdict,note\nso good,a,\nso bad,b,\nso so,a,x\nso fine,c,\nwell done,b,\nnot that good,c,\n"
        + "oh no,a,\noh yes,b,\nwell,c,\nso what,a,\nso be it,b,y\nso long,c,\n",
        "CSV with a header; text: column 'feedback', label: column 'verdict'")]
    [InlineData("{\"post\": \"so good\", \"words\": [\"so\", \"very\", \"good\"], \"stars\": 5}\n"
        + "{\"post\": \"so bad\", \"words\": [\"so\", \"very\", \"bad\"], \"stars\": 1}\n",
        "JSON lines; text: column 'post', label: column 'stars'")]
    public void Files_are_recognised(string content, string shape) => Assert.Equal(shape, RowFile.Shape(content));

    /// <summary>A first row may be a label that other files have as the name of a column.</summary>
    [Fact]
    public void A_label_that_comes_again_is_no_header() => Assert.Equal(
        [new Row("what time is it", "question"), new Row("it is late", "statement"), new Row("how late", "question")],
        RowFile.Of("question,what time is it\nstatement,it is late\nquestion,how late\n"));

    [Theory]
    [InlineData("user_id", "1,1,2,3,4,5", ", group: column 'user_id'")]
    [InlineData("user_id", "1,2,3,4,5,6", "")] // each alone
    [InlineData("group", "a,b,a,b,a,b", "")] // a kind
    [InlineData("page", "1,1,2,3,4,5", "")]
    public void Groups_have_a_usual_name_and_some_rows_each(string name, string groups, string group)
    {
        const string Shape = "CSV with a header; text: column 'text', label: column 'label'";
        var rows = groups.Split(',').Select((group, row) => $"{group},{"ab"[row % 2]},so {row}\n");
        var content = $"{name},label,text\n{string.Concat(rows)}";
        Assert.Equal($"{Shape}{group}", RowFile.Shape(content));
        Assert.Equal(Shape, RowFile.Shape(content, new() { GroupColumn = ReadOptions.NoGroup }));
        Assert.Equal($"{Shape}, group: column '{name}'", RowFile.Shape(content, new() { GroupColumn = "1" }));
    }

    [Fact]
    public void Airline_tweets_have_fifteen_columns_of_which_two_count()
    {
        const string Names = "tweet_id,airline_sentiment,airline_sentiment_confidence,negativereason,negativereason_confidence,"
            + "airline,airline_sentiment_gold,name,negativereason_gold,retweet_count,text,tweet_coord,tweet_created,"
            + "tweet_location,user_timezone";
        var rows = RowFile.Of(
            $"{Names}\n57,neutral,1.0,,,V,,me,,0,\"@V what\n\"\"now\"\"\",,2015,,\n58,negative,1,Late,1,V,,u,,0,x,,,,\n");
        Assert.Equal([new Row("@V what\n\"now\"", "neutral"), new Row("x", "negative")], rows);
    }

    [Fact]
    public void A_column_is_given_by_its_name_or_number()
    {
        Row[] byTitle = [new("A", "1", "5"), new("B", "2", "1")];
        Assert.Equal(byTitle, RowFile.Of(Header, new() { TextColumn = "Title", LabelColumn = "id", GroupColumn = "stars" }));
        Assert.Equal(byTitle, RowFile.Of(Header, new() { TextColumn = "2", LabelColumn = "1", GroupColumn = "3" }));
        Assert.Equal(
            "'f' has no column 'name' (TextColumn); it has column 'id', column 'title', column 'stars', column 'body'",
            RowFile.Refusal(Header, new() { TextColumn = "name" }));
        Assert.Equal(
            "'f' has no column '9' (LabelColumn); its 4 columns have no names, give a number from 1",
            RowFile.Refusal("1,Game,Positive,so good\n2,Game,Negative,so bad\n", new() { LabelColumn = "9" }));
        Assert.Contains(
            "'f' is fastText's form, which has no columns; leave out TextColumn x",
            RowFile.Refusal("__label__a b\n", new() { TextColumn = "x" }), StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_that_cannot_be_told_are_asked_for() => Assert.StartsWith(
        "'f': none of its columns looks like one of labels; say which by LabelColumn: column 1 (1, 2), column 2 (3, 4), ",
        RowFile.Refusal("1,3,so good\n2,4,so bad\n5,6,so so\n7,8,so what\n9,10,and so\n"), StringComparison.Ordinal);

    [Fact]
    public void Quotes_of_a_table_with_tabs_are_quotes_only_where_it_needs_them()
    {
        Assert.Equal(
            [new Row("\"half quoted", "1"), new Row("a \"fine\" film", "0")],
            RowFile.Of("sentence\tlabel\n\"half quoted\t1\na \"fine\" film\t0\n"));
        Assert.Equal(
            [new Row("two\nlines \"here\"", "1"), new Row("one", "0")],
            RowFile.Of("sentence\tlabel\n\"two\nlines \"\"here\"\"\"\t1\none\t0\n"));
    }

    /// <summary>Some of a table's rows may be bad.</summary>
    [Fact]
    public void One_bad_row_does_not_turn_the_quotes_of_a_table_off() => Assert.Equal(
        [new Row("two\nlines", "1"), new Row("one", "0"), new Row("two\nmore", "1")],
        RowFile.Of("sentence\tlabel\n\"two\nlines\"\t1\none\t0\nbad\n\"two\nmore\"\t1\n", new() { SkipBadRows = true }));

    /// <summary>What is a number does not depend on the country.</summary>
    [Fact]
    public void A_header_is_one_in_every_culture() => ForeignCulture.Run(
        () => Assert.Equal(
            "CSV with a header; text: column 'kommentar', label: column 'wertung'",
            RowFile.Shape("kommentar,wertung\ngut gemacht,0.5\nschlecht gemacht,0.25\nna ja,0.5\n")));

    [Fact]
    public void A_separator_that_is_given_decides() => Assert.Equal(
        [new Row("a;b", "x"), new Row("c;d", "y")],
        RowFile.Of("a;b|x\nc;d|y\n", new() { Separator = '|', TextColumn = "1", LabelColumn = "2" }));

    [Theory]
    [InlineData("{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": \"b\", \"label\"\n", "line 2: it is no JSON object with a text")]
    [InlineData(
        "{\"text\": \"a\", \"label\": \"x\"}\n{\"text\": [], \"label\": \"x\"}\n", "line 2: it is no JSON object with a text")]
    [InlineData("{\"text\": \"a\", \"label\": \"x\"}\n[]\n", "line 2: it is no JSON object with a text")]
    [InlineData("{\"text\": \"a\", \"label\": \"x\"} 1\n", "line 1: it is no JSON object with a text")]
    [InlineData("[{\"text\": \"a\"}]", "is a JSON list; give an object a line")]
    [InlineData("__label__a x\nb y\n", "line 2: it does not begin with __label__; put a label before each text")]
    [InlineData("__label__a __label__b x\n", "line 1: it has more than one label")]
    [InlineData("PK\u0003\u0004", "is a ZIP archive; unpack it")]
    [InlineData("text,label\nso good, really,1\nso bad, really,0\n", "line 2: 3 columns instead of 2 (column 'text', ")]
    public void What_a_form_does_not_allow_is_refused(string content, string message) =>
        Assert.Contains(message, RowFile.Refusal(content), StringComparison.Ordinal);

    [Fact]
    public void Values_of_JSON_are_texts_numbers_truth_or_nothing() => Assert.Equal(
        [new Row("é \"x\"\n", "1.50"), new Row("", "true"), new Row("a", "")],
        RowFile.Of(
            "{\"text\": \"\\u00e9 \\\"x\\\"\\n\", \"label\": 1.50, \"more\": {\"text\": \"no\"}}\n\n"
            + "{\"text\": null, \"label\": true}\n"
            + "{\"text\": \"a\"}\n"));
}
