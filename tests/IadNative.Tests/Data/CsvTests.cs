using System.Text;
using IadNative.Data;
using IadNative.Data.Formats;

namespace IadNative.Tests.Data;

public class CsvTests
{
    [TestCase(',')]
    [TestCase(';')]
    [TestCase('\t')]
    [TestCase('|')]
    public void Every_separator_is_found_and_every_float_comes_back(char separator)
    {
        float[] values = [1, -2.5f, 3.4028235e38f, 1e-45f, 0.1f, -0f, 1e10f, 7, 123456.79f];
        var data = Files.Read(Files.Csv(values, 3, separator));
        Assert.That((data.Rows, data.Columns), Is.EqualTo((3, 3)));
        Assert.That(data.Values, Is.EqualTo(values));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x1", "x2", "x3" }));
        Assert.That(data.Labels, Is.Null);
        Assert.That(data.Name, Is.EqualTo("file"));
    }

    [Test]
    public void A_decimal_comma_does_not_make_the_comma_the_separator()
    {
        var data = Files.Read("a;b;c\n1,5;2;3\n1;2,5;3\n");
        Assert.That(data.Values, Is.EqualTo(new[] { 1.5f, 2, 3, 1, 2.5f, 3 }));
        Assert.That(data.Notes, Is.EqualTo(new[] { "numbers have a decimal comma, and ';' separates cells" }));
    }

    [Test]
    public void Commas_in_a_quoted_header_are_not_counted()
    {
        var data = Files.Read("\"a,b,c,d\";e\n1;2\n");
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "a,b,c,d", "e" }));
        Assert.That(data.Values, Is.EqualTo(new float[] { 1, 2 }));
    }

    [TestCase("a,b\r\n1,2\r\n3,4\r\n")]
    [TestCase("a,b\n1,2\n3,4")]
    [TestCase("a,b\r1,2\r3,4\r")]
    [TestCase("\uFEFFa,b\n1,2\n3,4\n\n\n  \n")]
    [TestCase("\n\r\n\na,b\n1,2\n3,4\n")]
    [TestCase("\"a\",\"b\"\n\"1\",2\n3,\"4\"\n")]
    [TestCase(" a , b \n 1,2 \n+3,4e0\n")]
    public void Line_ends_marks_blank_lines_and_quotes_do_not_matter(string text)
    {
        var data = Files.Read(text);
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(data.Values, Is.EqualTo(new float[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void Utf16_with_a_mark_is_read([Values] bool bigEndian)
    {
        var encoding = new UnicodeEncoding(bigEndian, true);
        var data = Files.Read([.. encoding.GetPreamble(), .. encoding.GetBytes("größe\tb\n1\t2\n")]);
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "größe", "b" }));
        Assert.That(data.Values, Is.EqualTo(new float[] { 1, 2 }));
    }

    [Test]
    public void A_row_that_begins_with_a_hash_is_not_passed_over()
    {
        Assert.That(Files.Read("#a,b\n1,2\n").FeatureNames, Is.EqualTo(new[] { "#a", "b" }));
        Assert.That(Files.Refusal("#a,b\n1,2\n#3,4\n"), Does.Contain("column 1 ('#a'):\n  row 2 (line 3): '#3'"));
    }

    [Test]
    public void A_first_row_of_numbers_and_missing_tokens_is_no_header()
    {
        var data = Files.Read("1,NA,n/a,NaN,NULL,?,\n1,2,3,4,5,6,7\n", missing: MissingValues.Drop);
        Assert.That(data.Values, Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6, 7 }));
        Assert.That(data.SourceRows, Is.EqualTo(new[] { 1 }));
    }

    [Test]
    public void A_header_cell_without_a_name_is_called_by_its_place() =>
        Assert.That(Files.Read("a,,c\n1,2,3\n").FeatureNames, Is.EqualTo(new[] { "a", "x2", "c" }));

    [Test]
    public void A_single_column_needs_no_separator()
    {
        Assert.That(Files.Read("1\n2\n3\n").Values, Is.EqualTo(new float[] { 1, 2, 3 }));
        Assert.That(Files.Refusal("1\n\n\n3\n\n"), Does.Contain("2 cells cannot be used").And.Contain("row 2 (line 2)").And.Contain("row 3 (line 3)"));
        Assert.That(Files.Read("1\n\n3\n\n", missing: MissingValues.Keep).Values, Is.EqualTo(new float[] { 1, float.NaN, 3 }));
    }

    [TestCase("label", new float[] { 1, 2, 3, 4 })]
    [TestCase("3", new float[] { 1, 2, 3, 4 })]
    [TestCase("-1", new float[] { 1, 2, 3, 4 })]
    public void Labels_are_found_by_name_and_number(string label, float[] features)
    {
        var data = Files.Read("a,b,label\n1,2,0\n3,4,1\n", label);
        Assert.That(data.Labels, Is.EqualTo(new[] { false, true }));
        Assert.That(data.Anomalies, Is.EqualTo(1));
        Assert.That(data.Values, Is.EqualTo(features));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public void A_name_wins_over_a_number()
    {
        var data = Files.Read("2,b,c\n1,0,5\n0,0,6\n", "2");
        Assert.That(data.Labels, Is.EqualTo(new[] { true, false }));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "b", "c" }));
    }

    [Test]
    public void Without_a_header_numbers_select_and_names_count_features_only()
    {
        var data = Files.Read("1,5,6\n0,7,8\n", "-3");
        Assert.That(data.Labels, Is.EqualTo(new[] { true, false }));
        Assert.That(data.Values, Is.EqualTo(new float[] { 5, 6, 7, 8 }));
        Assert.That(data.FeatureNames, Is.EqualTo(new[] { "x1", "x2" }));
    }

    [Test]
    public void A_label_word_in_the_first_row_makes_no_header()
    {
        var data = Files.Read("1,2,normal\n3,4,anomaly\n", "3");
        Assert.That(data.Labels, Is.EqualTo(new[] { false, true }));
    }

    [TestCase("0", false)]
    [TestCase(" 1.0 ", true)]
    [TestCase("FALSE", false)]
    [TestCase("True", true)]
    [TestCase("normal", false)]
    [TestCase("Anomaly", true)]
    [TestCase("outlier", true)]
    public void Labels_are_numbers_or_words(string text, bool anomaly) =>
        Assert.That(Files.Read($"a,y\n5,{text}\n", "y").Labels, Is.EqualTo(new[] { anomaly }));

    [TestCase("2")]
    [TestCase("-1")]
    [TestCase("")]
    [TestCase("NaN")]
    [TestCase("abnormal")]
    public void Another_label_is_refused_with_its_place_in_every_mode(string text)
    {
        foreach (var missing in Enum.GetValues<MissingValues>())
        {
            string message = Files.Refusal($"a,y\n5,0\n6,{text}\n", "y", missing);
            Assert.That(message, Does.Contain("row 2 (line 3)").And.Contain("column 2 ('y')").And.Contain($"'{text}'")
                .And.Contain("0 or 1"));
        }
    }

    [TestCase("z", "'a', 'b'")]
    [TestCase("0", "'a', 'b'")]
    [TestCase("3", "'a', 'b'")]
    [TestCase("-3", "'a', 'b'")]
    public void An_unknown_label_column_is_refused_with_the_columns(string label, string columns) =>
        Assert.That(Files.Refusal("a,b\n1,0\n", label), Does.Contain($"'{label}'").And.Contain(columns));

    [Test]
    public void Without_a_header_the_column_numbers_are_listed() =>
        Assert.That(Files.Refusal("1,0\n", "z"), Does.Contain("no names").And.Contain("1 to 2"));

    [Test]
    public void Two_label_columns_of_one_name_are_refused() =>
        Assert.That(Files.Refusal("y,a,y\n1,0,1\n", "y"), Does.Contain("columns 1 and 3"));

    [Test]
    public void Bad_cells_are_listed_up_to_ten_with_row_column_and_text()
    {
        var text = new StringBuilder("a,b\n1,2\n");
        for (int i = 0; i < 12; i++)
            text.Append("3,oops\n");
        text.Append("1e50,4\n");
        string message = Files.Refusal(text.ToString());
        Assert.That(message, Does.Contain("file: 13 cells").And.Contain("\ncolumn 2 ('b'):\n  row 2 (line 3): 'oops'\n  row 3 (line 4): 'oops'\n")
            .And.Contain("row 11 (line 12)").And.Contain("  and 2 more\n").And.Contain("column 1 ('a'):\n  1 cell\n"));
        Assert.That(message, Does.Not.Contain("row 12 ").And.Not.Contain("--missing"));
    }

    [TestCase("1e50")]
    [TestCase("none")]
    [TestCase("-")]
    [TestCase("-1e39")]
    [TestCase("Infinity")]
    [TestCase("inf")]
    [TestCase("NaN")]
    [TestCase("?")]
    [TestCase("")]
    [TestCase("1 2")]
    [TestCase("0x10")]
    public void A_cell_without_a_finite_number_is_refused_with_its_text(string cell) =>
        Assert.That(Files.Refusal($"1,2\n3,{cell}\n"), Does.Contain($"1 cell cannot be used").And.Contain($"column 2:\n  row 2 (line 2): '{cell}'"));

    [Test]
    public void Line_numbers_count_the_lines_within_quotes() =>
        Assert.That(Files.Refusal("\"a\nb\",c\n1,2\n3,x\n"), Does.Contain("row 2 (line 4)"));

    [Test]
    public void Control_characters_and_long_texts_do_not_reach_the_message()
    {
        string message = Files.Refusal($"1,2\n1,\u001b[31m{new string('x', 1000)}\n");
        Assert.That(message, Does.Not.Contain("\u001b").And.Contain("...'"));
        Assert.That(message, Has.Length.LessThan(500));
    }

    [TestCase("a,b\n1,2\n3\n4,5\n", "row 2 (line 3) has another number of cells (1)")]
    [TestCase("1,2\n3,4,5\n", "row 2 (line 2) has another number of cells (3)")]
    [TestCase("1,2\n\n3,4\n", "row 2 (line 2) is empty")]
    [TestCase("1,2\n3,\"4\n5,6\n", "row 2 of the file")]
    [TestCase("1,2\n3,\"4\"4\n5,6\n", "row 2 of the file")]
    [TestCase("", "empty")]
    [TestCase("\n\n", "empty")]
    [TestCase("a,b,c\n", "no row")]
    [TestCase("a,b,c\n\n\n", "no row")]
    public void Files_that_are_no_table_are_refused(string text, string part) => Assert.That(Files.Refusal(text), Does.Contain(part));

    [Test]
    public void A_label_alone_is_refused() => Assert.That(Files.Refusal("y\n1\n", "y"), Does.Contain("no feature"));

    [Test]
    public void Rows_columns_and_values_have_limits()
    {
        Assert.That(Refusal("1,2,3,4,5", new ReaderLimits { CsvColumns = 4 }), Does.Contain("more than 4 cells"));
        Assert.That(Refusal("1,2\n3,4\n5,6\n7,8\n", new ReaderLimits { Values = 7 }), Does.Contain("7 values").And.Contain("row 4"));
        Assert.That(Refusal($"1,2\n3,\"{new string('4', 70_000)}", new ReaderLimits { CsvRowCharacters = 32 << 10 }),
            Does.Contain("longer than 32768 bytes"));

        static string Refusal(string text, ReaderLimits limits) => Assert.Throws<DataFormatException>(() => DatasetReader.Read(
            new MemoryStream(Encoding.UTF8.GetBytes(text)), "file", new DatasetReadOptions(), limits, default))!.Message;
    }

    [Test]
    public void A_table_of_a_hundred_thousand_columns_is_read()
    {
        float[] values = Enumerable.Range(0, 200_000).Select(i => i / 8f).ToArray();
        Assert.That(Files.Read(Files.Csv(values, 100_000)).Values, Is.EqualTo(values));
    }

    [Test]
    public void Reading_allocates_no_string_for_each_cell()
    {
        var random = new System.Random(1);
        float[] values = Enumerable.Range(0, 100_000).Select(_ => random.NextSingle()).ToArray();
        byte[] text = Encoding.UTF8.GetBytes(Files.Csv(values, 10));
        Files.Read(text);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var data = Files.Read(text);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(data.Values, Is.EqualTo(values));
        // The values take 0.4 MB, the doubling twice that and the trim once more; a string a cell would add 4 MB.
        Assert.That(allocated, Is.LessThan(2_500_000));
    }
}
