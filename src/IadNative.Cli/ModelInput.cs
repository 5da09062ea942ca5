using IadNative.Messages;

namespace IadNative.Cli;

/// <summary>Reads a model file that the user named.</summary>
internal static class ModelInput
{
    /// <summary>Reads it, and says so where nothing proves that it is as it was saved.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What it may take.</param>
    /// <param name="terminal">Where to say so.</param>
    /// <exception cref="BadInputException">The file does not exist, is a folder, or cannot be read.</exception>
    /// <exception cref="ModelFormatException">It is no model, or damaged.</exception>
    public static AnomalyDetector Read(string path, LoadOptions options, Terminal terminal)
    {
        AnomalyDetector detector = InputFile.Read(path, file => AnomalyDetector.Load(file, options));
        if (!detector.IsChecked)
        {
            terminal.Warn($"{ForeignText.Plain(path)} was saved by an early version ({ForeignText.Shorten(detector.CreatedBy)}) and has no checksum: damage to it would go "
                + "unnoticed. Fit and save the model again to give it one.");
        }

        return detector;
    }
}
