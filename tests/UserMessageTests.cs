namespace GpuLstm.Tests;

public sealed class UserMessageTests
{
    [Fact]
    public void Settings_have_the_names_of_CSharp_or_those_that_a_program_gives()
    {
        var error = new UserErrorException(
            $"{Setting.BatchSize} {0} is out of range: use a larger {Setting.BatchSize} or {Setting.Limit}");
        Assert.Equal("BatchSize 0 is out of range: use a larger BatchSize or limit", error.Message);
        Assert.Equal(
            "<BatchSize> 0 is out of range: use a larger <BatchSize> or <limit>",
            error.UserMessage.ToString(setting => $"<{setting.Name}>"));
    }

    [Fact]
    public void What_only_looks_like_a_setting_stays_as_it_is()
    {
        var file = "BatchSize {0} {Setting.BatchSize}";
        var error = new UserErrorException($"there is no file '{file}'; BatchSize is {Setting.BatchSize}");
        Assert.Equal(
            "there is no file 'BatchSize {0} {Setting.BatchSize}'; BatchSize is --batch-size",
            error.UserMessage.ToString(_ => "--batch-size"));
        Assert.Equal(file, new UserErrorException(file).UserMessage.ToString(_ => "--batch-size"));
    }

    [Fact]
    public void A_message_within_a_message_keeps_its_settings()
    {
        var inner = new UserErrorException($"{Setting.Hidden} is out of range");
        var outer = new UserErrorException($"line {3}: {inner.UserMessage}", inner);
        Assert.Equal("line 3: Hidden is out of range", outer.Message);
        Assert.Equal("line 3: --hidden is out of range", outer.UserMessage.ToString(_ => "--hidden"));
        Assert.Same(inner, outer.InnerException);
    }

    [Fact]
    public void A_message_is_one_line_without_control_characters() => Assert.Equal(
        "there is no file 'a\uFFFDb\uFFFD[31m\uFFFD é😍'",
        new UserErrorException($"there is no file '{"a\nb\u001B[31m\u009B é😍"}'").Message);

    [Fact]
    public void Nothing_at_all_prints_as_nothing() =>
        Assert.Equal("()", new UserErrorException($"({(string?)null}{(int?)null})").Message);

    [Fact]
    public void Numbers_and_dates_are_those_of_the_invariant_culture() => ForeignCulture.Run(() =>
    {
        Assert.Equal("\u22121,5 \u22122.500", $"{-1.5} {-2500:N0}"); // or the check could not fail
        var error = new UserErrorException($"{-1.5} {-2500:N0} {0.25:P0} {new DateTime(2026, 11, 24):d}");
        Assert.Equal("-1.5 -2,500 25 % 11/24/2026", error.Message);
        Assert.Equal(error.Message, error.UserMessage.ToString(setting => setting.Name));
    });
}
