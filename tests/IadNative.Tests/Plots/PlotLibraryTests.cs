using System.Reflection;

namespace IadNative.Tests.Plots;

/// <summary>The library that plots is used with a newer one that draws than it was built for.</summary>
internal sealed class PlotLibraryTests
{
    private const int FirstMember = 0x0A000001;

    [Test]
    public void All_that_the_plots_call_is_there()
    {
        Module module = typeof(ScottPlot.Plot).Module;
        var missing = new List<string>();
        int found = 0;
        for (int token = FirstMember; ; token++)
        {
            try
            {
                if (module.ResolveMember(token) is { } member && member.DeclaringType?.Assembly.GetName().Name == "SkiaSharp") found++;
            }
            catch (ArgumentOutOfRangeException)
            {
                break;
            }
            catch (Exception exception) when (exception is MissingMemberException or TypeLoadException or FileNotFoundException)
            {
                missing.Add(exception.Message);
            }
            catch (ArgumentException)
            {
                // A member of a generic type, which has no meaning by itself.
            }
        }

        Assert.That(found, Is.GreaterThan(100));
        Assert.That(missing, Is.Empty);
    }
}
