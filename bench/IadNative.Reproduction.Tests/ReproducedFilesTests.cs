using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using IadNative.Tests.Cli;
using SkiaSharp;

namespace IadNative.Reproduction.Tests;

/// <summary>The files of the command itself.</summary>
internal sealed class ReproducedFilesTests
{
    private static readonly string[] s_drawn =
        [.. ReproducedFolder.Experiments.Where(each => each.Pictures > 0).Select(each => each.Name)];

    private static readonly string[] s_all = [.. ReproducedFolder.Experiments.Select(each => each.Name)];

    [TestCaseSource(nameof(s_drawn))]
    public void Pictures_are_drawn_in_colour(string name)
    {
        XNamespace svg = "http://www.w3.org/2000/svg";
        XElement drawing = XDocument.Load(ReproducedFolder.File(name + ".svg")).Root!;
        Assert.That(drawing.Name, Is.EqualTo(svg + "svg"));
        string[] colours = [.. ((string[])["stroke", "fill"]).SelectMany(name => drawing.Descendants().Attributes(name))
            .Select(attribute => attribute.Value)];
        Assert.That(colours, Does.Contain("#0072B2"));
        (int width, int height) = ((int)drawing.Attribute("width")!, (int)drawing.Attribute("height")!);
        using SKBitmap picture = SKBitmap.Decode(ReproducedFolder.File(name + ".png"));
        Assert.That((picture.Width, picture.Height), Is.EqualTo((2 * width, 2 * height)));
        int blue = picture.Pixels.Count(pixel => pixel == new SKColor(0, 0x72, 0xB2));
        Assert.That(blue, Is.GreaterThan(100), "pixels in the colour of IAD or of normal samples");
    }

    [TestCaseSource(nameof(s_all))]
    public void Pages_and_numbers_say_what_they_are_of(string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(ReproducedFolder.File(name + ".json")));
        JsonElement root = json.RootElement;
        Assert.That(root.GetProperty("experiment").GetString(), Is.EqualTo(name.Split('-')[0]));
        string markdown = File.ReadAllText(ReproducedFolder.File(name + ".md"));
        string html = File.ReadAllText(ReproducedFolder.File(name + ".html"));
        foreach (string text in (string[])[root.GetProperty("title").GetString()!, root.GetProperty("device").GetString()!])
        {
            Assert.That(markdown, Does.Contain(text));
            Assert.That(html, Does.Contain(text));
        }

        Assert.That(markdown, Does.Contain(Product.Build));
        Assert.That(html, Does.Contain(Product.Build.Replace("+", "&#x2B;", StringComparison.Ordinal)));
        int pictures = ReproducedFolder.Experiments.Single(each => each.Name == name).Pictures;
        Assert.That(html.Split("<figure>"), Has.Length.EqualTo(1 + pictures));
    }

    [TestCase("table2.csv", 5)]
    [TestCase("table6.csv", 7)]
    [TestCase("figure3.csv", 9)]
    [TestCase("figure3-cells.csv", 9)]
    [TestCase("figure4.csv", 17)]
    [TestCase("figure4-average.csv", 5)]
    [TestCase("figure5-weights.csv", 17)]
    [TestCase("figure5-density.csv", 1 + (15 * 101))]
    [TestCase("figure5-base-features.csv", 121)]
    [TestCase("figure5-base-histogram.csv", 41)]
    [TestCase("figure5-iad-features.csv", 121)]
    [TestCase("figure5-iad-histogram.csv", 41)]
    [TestCase("figure6.csv", 9)]
    [TestCase("grid-svdd.csv", 25)]
    [TestCase("grid-svdd-ranking.csv", 25)]
    public void Tables_have_a_header_and_full_rows(string file, int lines)
    {
        string[][] rows = [.. File.ReadAllLines(ReproducedFolder.File(file)).Select(line => line.Split(','))];
        Assert.That(rows, Has.Length.EqualTo(lines));
        Assert.That(rows.Select(row => row.Length), Has.All.EqualTo(rows[0].Length));
        Assert.That(rows[0], Is.Unique);
        Assert.That(rows[1..].SelectMany(row => row), Has.None.EqualTo("NaN"));
    }

    [Test]
    public void A_grid_is_ranked_as_its_table_says()
    {
        string[][] ranked = [.. File.ReadAllLines(ReproducedFolder.File("grid-svdd-ranking.csv"))[1..].Select(line => line.Split(','))];
        Assert.That(ranked.Select(row => double.Parse(row[2], CultureInfo.InvariantCulture)), Is.Ordered.And.All.InRange(0, 1));
        JsonArray ranking = JsonNode.Parse(File.ReadAllText(ReproducedFolder.File("grid-svdd.json")))!["ranking"]!.AsArray();
        Assert.That(ranking.Select(setting => (string)setting!["settings"]!), Is.EqualTo(ranked.Select(row => row[1])));
        Assert.That(File.Exists(ReproducedFolder.File("grid.csv")), Is.False, "a second model would replace it");
    }

    [Test]
    public void Figure_5_is_found_again_and_not_trained_again()
    {
        using var folder = new OddsFolder("arrhythmia");
        string[] args = ["figure5", "--data", folder.Data, "--out", folder.Out(), "--device", "cpu"];
        CliRun first = ReproductionRun.Of(args);
        Assert.That(first.Err, Does.Contain("1 cells, 1 trainings"));
        string stored = folder.Trials().Single(file => file.EndsWith("-figure5.json", StringComparison.Ordinal));
        JsonNode node = JsonNode.Parse(File.ReadAllText(stored))!;
        node["figure"]!["rounds"]![3]!["normalMean"] = 0.123456;
        node.AsObject().Remove("checksum"); // as of a version that wrote none
        File.WriteAllText(stored, node.ToJsonString());
        CliRun second = ReproductionRun.Of(args);
        Assert.That(second.Code, Is.EqualTo(ExitCodes.Success), second.Err);
        Assert.That(second.Err, Does.Contain("1 of them done before"));
        Assert.That(File.ReadAllLines(Path.Combine(folder.Out(), "figure5-weights.csv"))[4], Does.StartWith("3,0.123456,"));

        File.WriteAllText(stored, "{ \"key\": \"cut off");
        Assert.That(ReproductionRun.Of(args).Code, Is.EqualTo(ExitCodes.Success));
        Assert.That(File.ReadAllLines(Path.Combine(folder.Out(), "figure5-weights.csv"))[4], Does.Not.StartWith("3,0.123456,"));
    }
}
