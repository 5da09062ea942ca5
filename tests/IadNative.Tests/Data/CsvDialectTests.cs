using System.Text;
using IadNative.Data;

namespace IadNative.Tests.Data;

/// <summary>How CSV is written: as the options say, and as the content shows without doubt.</summary>
public class CsvDialectTests
{
    [Test]
    public void Options_say_how_it_is_written()
    {
        var options = new DatasetReadOptions { Separator = '^', DecimalMark = ',', Header = true, SkipLines = 2, Comment = '%' };
        var data = Files.Read("made by a machine\n\"not closed\n% a comment; \"\n1^2\n% another\n1,5^-2,25e1\n", options);
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "1", "2" }));
        Assert.That(data.Values, Is.EqualTo(new[] { 1.5f, -22.5f }));
        Assert.That(Files.Refusal("skipped\n% c\n1^2\n1,5^x\n", options with { SkipLines = 1 }), Does.Contain("column 2 ('2'):\n  row 1 (line 4): 'x'"));
        Assert.That(Files.Read("a,b\n1,2\n", new DatasetReadOptions { Header = false, Categorical = ["1", "2"] }).Rows, Is.EqualTo(2));
    }

    [TestCase("latin1")]
    [TestCase("windows-1252")]
    [TestCase("utf-16")]
    [TestCase("utf-16BE")]
    [TestCase("utf-8")]
    public void Encodings_are_read_without_a_mark(string name)
    {
        Encoding encoding = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        byte[] bytes = encoding.GetBytes("größe,é\n1,ä\n2,ö\n");
        var data = Files.Read(bytes, new DatasetReadOptions { Encoding = encoding, Categorical = ["é"] });
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "größe", "é" }));
        Assert.That(data.Features[1].Levels, Is.EqualTo(new[] { "ä", "ö" }));
    }

    [Test]
    public void A_mark_wins_over_the_option_and_text_that_is_no_utf8_is_said()
    {
        byte[] marked = [.. Encoding.UTF8.GetPreamble(), .. "ä,b\n1,2\n"u8];
        Assert.That(Files.Read(marked, new DatasetReadOptions { Encoding = Encoding.Latin1 }).FeatureNames[0], Is.EqualTo("ä"));
        Assert.That(Files.Read([0xE4, .. ",b\n1,2\n"u8], new DatasetReadOptions()).Notes.Single(), Does.Contain("--encoding windows-1252"));
    }

    [TestCase('"', '.', '#')]
    [TestCase('\n', '.', '#')]
    [TestCase(',', ',', '#')]
    [TestCase(',', '-', '#')]
    [TestCase('é', '.', '#')]
    [TestCase(',', '.', '"')]
    public void Options_that_make_no_sense_are_refused(char separator, char mark, char comment) =>
        Assert.That(() => Files.Read("1,2\n", new DatasetReadOptions { Separator = separator, DecimalMark = mark, Comment = comment }), Throws.ArgumentException);

    [TestCase("1,5;2,5\n3,25;4,5\n", "1.5 2.5 3.25 4.5")]
    [TestCase("a;b\n1,5;2\n3;-4,5e-1\n", "1.5 2 3 -0.45")]
    [TestCase("a\tb\n0,125\t2\n", "0.125 2")]
    [TestCase("a;b;c\n1,5;red, green;2\n", "1.5 0 2")]
    public void A_semicolon_with_a_decimal_comma_is_found_and_said(string text, string values)
    {
        var data = Files.Read(text, new DatasetReadOptions { Categorical = text.Contains("red", StringComparison.Ordinal) ? ["b"] : [] });
        Assert.That(data.Values, Is.EqualTo(values.Split(' ').Select(value => float.Parse(value, System.Globalization.CultureInfo.InvariantCulture))));
        Assert.That(data.Notes.Single(), Does.StartWith("numbers have a decimal comma"));
    }

    [TestCase("a;b\n1,234;5,678\n")]
    [TestCase("a;b\n1,25;5.5\n")]
    public void A_comma_that_may_mean_something_else_is_refused_with_advice(string text) =>
        Assert.That(Files.Refusal(text), Does.Contain("--decimal ,"));

    [Test]
    public void A_point_is_no_number_beside_decimal_commas() =>
        Assert.That(Files.Refusal("a;b\n" + string.Concat(Enumerable.Repeat("1,25;2\n", 40)) + "1.5;2\n"), Does.Contain("row 41 (line 42): '1.5'"));

    [TestCase("sep=;\na;b\n1;2\n", ';')]
    [TestCase("SEP=|\r\na|b\r\n1|2\r\n", '|')]
    [TestCase("\"sep=,\"\na,b\n1,2\n", ',')]
    public void A_line_that_names_the_separator_is_obeyed_and_said(string text, char separator)
    {
        var data = Files.Read(text);
        Assert.That((data.FeatureNames[1], data.Values[1]), Is.EqualTo(("b", 2f)));
        Assert.That(data.Notes.Single(), Does.Contain($"'{separator}'"));
        Assert.That(Files.Refusal("sep=;\na;b\n1;x\n"), Does.Contain("line 3"));
    }

    [Test]
    public void An_index_without_a_name_is_left_out_and_said()
    {
        foreach (string header in new[] { ",a,b", "Unnamed: 0,a,b" })
        {
            var data = Files.Read($"{header}\n0,5,6\n1,7,8\n2,9,8\n");
            Assert.That(data.FeatureNames, Is.EqualTo(new[] { "a", "b" }));
            Assert.That(data.Values, Is.EqualTo(new float[] { 5, 6, 7, 8, 9, 8 }));
            Assert.That(data.Notes.Single(), Does.Contain("column 1").And.Contain("left out"));
        }

        Assert.That(Files.Read(",a\n0,5\n1,6\n", new DatasetReadOptions { Id = "1" }).Ids, Is.EqualTo(new[] { "0", "1" }));
        Assert.That(Files.Read(",a\n0,5\n2,6\n").FeatureNames, Is.EqualTo(new[] { "x1", "a" }), "it does not count");
        Assert.That(Files.Read("n,a\n0,5\n1,6\n").FeatureNames, Is.EqualTo(new[] { "n", "a" }), "it has a name");
    }

    [TestCase("0,1,2\n0.5,1.5,2.5\n3,9,5\n", "0 1 2")]
    [TestCase(",0,1,2\n0,0.5,1.5,2.5\n1,3,9,5\n", "0 1 2")]
    [TestCase("2019,2020,2021\n1.5,2,3\n4,9,6\n", "2019 2020 2021")]
    [TestCase("1,2,3,4,5,6,7,8\n5,5,5,5,5,5,5,5\n", "1 2 3 4 5 6 7 8")]
    [TestCase("city,2019,2020\n7,1,2\n8,3,4\n", "city 2019 2020")]
    public void A_header_of_numbers_in_a_row_is_found(string text, string names) =>
        Assert.That(Files.Read(text).FeatureNames, Is.EqualTo(names.Split(' ')));

    [TestCase("0,1\n0.5,1\n", 2)]
    [TestCase("0,1,2\n1,2,3\n2,3,4\n", 3)]
    [TestCase("1,2,3\n5,5,5\n", 2)]
    [TestCase("5,6,7\n0.5,1,2\n", 2)]
    [TestCase("2019,2020,2021\n2022,2023,2024\n", 2)]
    public void Other_first_rows_of_numbers_are_samples(string text, int rows) => Assert.That(Files.Read(text).Rows, Is.EqualTo(rows));

    [Test]
    public void A_first_row_like_those_below_is_a_sample_though_it_has_text()
    {
        const string Iris = "5.1,3.5,setosa\n4.9,3.0,setosa\n6.2,2.9,virginica\n";
        var data = Files.Read(Iris, new DatasetReadOptions { Label = "3", Positive = "virginica" });
        Assert.That((data.Rows, data.Anomalies, data.AreFeaturesNamed), Is.EqualTo((3, 1, false)));
        Assert.That(data.Notes, Is.EqualTo(new[] { "the first row is taken for a sample, since it has numbers; --header yes takes it for names" }));
        Assert.That(Files.Refusal(Iris), Does.Contain("column 3:\n  row 1 (line 1): 'setosa'").And.Contain("--categorical 3"));
        Assert.That(Files.Refusal("1,oops,3.5\n4,5,6\n"), Does.Contain("row 1 (line 1): 'oops'"), "a bad cell makes no header");
    }

    [Test]
    public void A_first_row_of_words_that_are_cells_is_no_header() =>
        Assert.That(Files.Read("true,1\nfalse,2\n").Rows, Is.EqualTo(2));

    [Test]
    public void Numbers_are_the_nearest_float64_whatever_their_length()
    {
        var random = new System.Random(3);
        foreach (string format in new[] { "R", "F3", "E5", "E16", "F17", "F9" })
        {
            double[] values = [.. Enumerable.Range(0, 5000).Select(_ => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-25, 25)))];
            string[] texts = Array.ConvertAll(values, value => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture));
            foreach (string text in texts)
            {
                Assert.That(IadNative.Data.Formats.FastNumber.TryParse(Encoding.UTF8.GetBytes(text), (byte)'.', out double value), Is.True, text);
                Assert.That(BitConverter.DoubleToInt64Bits(value), Is.EqualTo(BitConverter.DoubleToInt64Bits(
                    double.Parse(text, System.Globalization.CultureInfo.InvariantCulture))), text);
            }
        }
    }

    [TestCase("")]
    [TestCase(" ")]
    [TestCase("-")]
    [TestCase(".")]
    [TestCase("1e")]
    [TestCase("1e+")]
    [TestCase("e5")]
    [TestCase("1 2")]
    [TestCase("1,5")]
    [TestCase("--1")]
    [TestCase("0x1")]
    [TestCase("1.2.3")]
    [TestCase("NaN")]
    public void Other_text_is_no_plain_number(string text) =>
        Assert.That(IadNative.Data.Formats.FastNumber.TryParse(Encoding.UTF8.GetBytes(text), (byte)'.', out _), Is.False);

    [TestCase("1.", 1)]
    [TestCase(".5", 0.5)]
    [TestCase(" +1e3 ", 1000)]
    [TestCase("-0.0", -0.0)]
    [TestCase("9007199254740993", 9007199254740992)]
    [TestCase("9007199254740995", 9007199254740996)]
    [TestCase("0.000000000000000000000000000000000000001", 1e-39)]
    public void Odd_spellings_of_numbers_are_read(string text, double expected)
    {
        Assert.That(IadNative.Data.Formats.FastNumber.TryParse(Encoding.UTF8.GetBytes(text), (byte)'.', out double value), Is.True);
        Assert.That(BitConverter.DoubleToInt64Bits(value), Is.EqualTo(BitConverter.DoubleToInt64Bits(expected)));
    }
}
