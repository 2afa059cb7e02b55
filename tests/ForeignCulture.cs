using System.Globalization;

namespace GpuLstm.Tests;

/// <summary>
/// Runs code as in a country where numbers and dates are written another way, whether or not this machine knows such a country.
/// </summary>
internal static class ForeignCulture
{
    /// <summary>
    /// Commas before decimals and points between thousands and in dates as in Germany, and Sweden's minus sign.
    /// </summary>
    public static void Run(Action action)
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "\u2212";
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.PercentDecimalSeparator = ",";
        culture.NumberFormat.PercentGroupSeparator = ".";
        culture.DateTimeFormat.ShortDatePattern = "dd.MM.yyyy";
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = culture;
        try
        {
            action();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
