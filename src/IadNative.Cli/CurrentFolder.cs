namespace IadNative.Cli;

/// <summary>The folder that relative paths begin in.</summary>
internal static class CurrentFolder
{
    /// <summary>Which it is, in a few words; it may have been deleted.</summary>
    public static string Description
    {
        get
        {
            try
            {
                return $"the current folder is '{Environment.CurrentDirectory}'";
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return "the current folder is not there any more; give full paths";
            }
        }
    }
}
