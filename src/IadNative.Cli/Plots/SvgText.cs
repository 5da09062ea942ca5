using System.Globalization;
using System.Xml.Linq;

namespace IadNative.Cli.Plots;

/// <summary>
/// Makes the SVG of a drawing fit for every reader: its texts no longer say where each letter of the drawing's font stands, so
/// that they look right in whatever font the reader has; its identifiers are its own in a page with several; it has a
/// description.
/// </summary>
internal static class SvgText
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    /// <summary>An element for a page, as wide as there is room.</summary>
    public static string Inline(string drawing, string id, string description)
    {
        XElement root = Clean(drawing, id, description);
        root.SetAttributeValue("width", null);
        root.SetAttributeValue("height", null);
        return root.ToString(SaveOptions.DisableFormatting);
    }

    /// <summary>A document of its own.</summary>
    public static string Document(string drawing, string id, string description) =>
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        + Clean(drawing, id, description).ToString(SaveOptions.DisableFormatting) + "\n";

    private static XElement Clean(string drawing, string id, string description)
    {
        XElement root = XDocument.Parse(drawing).Root!;
        root.SetAttributeValue("viewBox", $"0 0 {root.Attribute("width")!.Value} {root.Attribute("height")!.Value}");
        root.SetAttributeValue("role", "img");
        root.SetAttributeValue("aria-labelledby", $"{id}-title");
        RenameIdentifiers(root, id);
        foreach (XElement text in root.Descendants(s_svg + "text").ToArray()) PlaceAtMiddle(text);
        root.AddFirst(new XElement(s_svg + "title", new XAttribute("id", $"{id}-title"), description));
        return root;
    }

    /// <summary>The drawing's identifiers go on from one drawing to the next; these do not.</summary>
    private static void RenameIdentifiers(XElement root, string id)
    {
        Dictionary<string, string> names = [];
        foreach (XAttribute attribute in root.Descendants().Attributes("id"))
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{id}-{names.Count}");
            names.Add($"url(#{attribute.Value})", $"url(#{name})");
            attribute.Value = name;
        }

        foreach (XAttribute attribute in root.Descendants().Attributes())
        {
            if (names.TryGetValue(attribute.Value, out string? name)) attribute.Value = name;
        }
    }

    /// <summary>From the places of all letters to that of the text's middle.</summary>
    private static void PlaceAtMiddle(XElement text)
    {
        string words = text.Value.Trim();
        float size = float.Parse(text.Attribute("font-size")!.Value, CultureInfo.InvariantCulture);
        float middle = First("x") + (PlotFont.Measure(words, size) / 2);
        text.Value = words;
        text.SetAttributeValue("x", middle.ToString("0.##", CultureInfo.InvariantCulture));
        text.SetAttributeValue("y", First("y").ToString("0.##", CultureInfo.InvariantCulture));
        text.SetAttributeValue("text-anchor", "middle");
        text.SetAttributeValue("font-family", $"{PlotFont.Name}, system-ui, sans-serif");

        float First(string axis)
        {
            string all = text.Attribute(axis)!.Value;
            return float.Parse(all.Split(',')[0], CultureInfo.InvariantCulture);
        }
    }
}
