using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using GpuLstm.Cli.Commands;
using GpuLstm.Kernels.Devices;

namespace GpuLstm.Tests;

/// <summary>The library's messages name its own properties, the command line's its options.</summary>
public sealed partial class MessageNamesTests
{
    public static TheoryData<string> EverySetting => [.. Settings().Select(setting => setting.Name)];

    [Theory]
    [InlineData(typeof(Setting))]
    [InlineData(typeof(ComputeDevice))]
    public void No_text_of_the_library_holds_an_option_of_the_command_line(Type type)
    {
        var strings = UserStrings(type.Assembly).ToList();
        Assert.Contains(strings, text => text.Contains("is out of", StringComparison.Ordinal)); // they are read
        Assert.DoesNotContain(strings, text => AnOption().IsMatch(text));
    }

    [Theory]
    [MemberData(nameof(EverySetting))]
    public void Every_setting_has_an_option_that_there_is(string name)
    {
        var commands = new[] { TrainCommand.Create(), BenchmarkCommand.Create() };
        var options = commands.SelectMany(command => command.Options).Select(option => option.Name).ToHashSet();
        Assert.All(
            OptionNames.All[Settings().Single(setting => setting.Name == name)], option => Assert.Contains(option, options));
    }

    [Theory]
    [MemberData(nameof(EverySetting))]
    public void Every_setting_is_a_property_or_a_parameter_of_the_library(string name)
    {
        var types = typeof(Setting).Assembly.GetExportedTypes().Where(type => type != typeof(Setting)).ToList();
        var properties = types.SelectMany(type => type.GetProperties()).Select(property => property.Name);
        var methods = types.SelectMany(type => type.GetMethods());
        var parameters = methods.SelectMany(method => method.GetParameters()).Select(parameter => parameter.Name!);
        Assert.Contains(name, properties.Concat(parameters));
    }

    [Fact]
    public void A_command_hears_its_own_options()
    {
        var error = new UserErrorException($"use a smaller {Setting.MaxRows} or {Setting.MaxSteps}");
        Assert.Equal("use a smaller --batch-size or --max-length", OptionNames.Message(error, TrainCommand.Create()));
        Assert.Equal("use a smaller --batch or --steps", OptionNames.Message(error, BenchmarkCommand.Create()));
        // when it was trained
        Assert.Equal("use a smaller --batch-size or --max-length", OptionNames.Message(error, PredictCommand.Create()));
        Assert.Equal("MaxRows", OptionNames.Message(new DeviceException("MaxRows"), TrainCommand.Create()));
    }

    private static IEnumerable<Setting> Settings() =>
        typeof(Setting)
            .GetProperties(BindingFlags.Static | BindingFlags.Public)
            .Select(property => (Setting)property.GetValue(null)!);

    private static IEnumerable<string> UserStrings(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        for (var handle = metadata.GetNextHandle(
            default(UserStringHandle)); !handle.IsNil; handle = metadata.GetNextHandle(handle))
        {
            yield return metadata.GetUserString(handle);
        }
    }

    [GeneratedRegex("--[a-z]", RegexOptions.None, 1000)]
    private static partial Regex AnOption();
}
