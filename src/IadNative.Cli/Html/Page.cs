using System.Security.Cryptography;
using System.Text;
using IadNative.Persistence;

namespace IadNative.Cli.Html;

/// <summary>
/// A page of one file: style and pictures are in it, and it loads nothing. Its policy holds browsers to that, whatever text got into
/// it: no script runs, no style but its own applies, and nothing is loaded, framed or sent.
/// </summary>
internal static class Page
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>What the page's element style holds, byte by byte, since the policy names it by its hash.</summary>
    private static readonly string s_style = '\n' + ReadStyle().ReplaceLineEndings("\n");

    private static readonly string s_policy = $"default-src 'none'; style-src 'sha256-{HashOf(s_style)}'; img-src data:; "
        + "base-uri 'none'; form-action 'none'";

    /// <summary>A whole page.</summary>
    /// <param name="title">Its title and first heading.</param>
    /// <param name="summary">What it is about, in a line.</param>
    /// <param name="sections">Its sections.</param>
    public static Markup Create(string title, string summary, IEnumerable<Markup> sections) => Markup.Of($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="{Markup.Raw(s_policy)}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="generator" content="iad {Product.Build}">
        <title>{title}</title>
        <link rel="icon" href="data:,">
        <style>{Markup.Raw(s_style)}</style>
        </head>
        <body>
        <header>
        <h1>{title}</h1>
        <p>{summary}</p>
        </header>
        <main>
        {sections}
        </main>
        <footer><p>Written by iad {Product.Build}. This page is one file; it loads nothing from anywhere.</p></footer>
        </body>
        </html>

        """);

    /// <summary>A section with a heading.</summary>
    public static Markup Section(string heading, Markup content) => Markup.Of($"""
        <section>
        <h2>{heading}</h2>
        {content}
        </section>
        """);

    /// <summary>Writes a page as UTF-8; an older file stays whole until the new one is complete.</summary>
    public static void Write(string path, Markup page) =>
        AtomicFile.Write(path, stream => stream.Write(s_utf8.GetBytes(page.ToString())));

    private static string ReadStyle()
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream("page.css")!);
        return reader.ReadToEnd();
    }

    private static string HashOf(string text) => Convert.ToBase64String(SHA256.HashData(s_utf8.GetBytes(text)));
}
