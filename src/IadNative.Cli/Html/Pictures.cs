using IadNative.Cli.Plots;

namespace IadNative.Cli.Html;

/// <summary>Pictures in a page, side by side where there is room.</summary>
internal static class Pictures
{
    /// <summary>A row of pictures.</summary>
    public static Markup Row(params IEnumerable<Markup> pictures) => Markup.Of($"""
        <div class="pictures">
        {pictures}
        </div>
        """);

    /// <summary>A picture with what is to be said of it.</summary>
    public static Markup Show(Figure figure, string caption) => Markup.Of($"""
        <figure>
        <h3>{figure.Title}</h3>
        {Markup.Raw(figure.ToInlineSvg())}
        <figcaption>{caption}</figcaption>
        </figure>
        """);
}
