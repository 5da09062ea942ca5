using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using IadNative.Cli;
using IadNative.Data;
using IadNative.Messages;
using IadNative.Tests.Data;
using IadNative.Tests.Data.Columnar;
using IadNative.Tests.Detectors;

namespace IadNative.Tests.Cli;

/// <summary>
/// Names, cells, labels, entries and descriptions that ring, set the window's title, colour, erase, turn text around and are very long:
/// whatever command reads them, nothing of that reaches a terminal, a page or an exception.
/// </summary>
internal sealed class HostileTextTests
{
    /// <summary>Characters that a line on a terminal may have.</summary>
    private const int LongestLine = ForeignText.LongestMessage + 100;

    // OSC with BEL, CSI in both forms, DEL, marks that turn text around and break lines.
    private const string Sting = "\e]0;owned\a\e[2J\u009b31m\u007f\u0085\u202E\u2066\u200F\u2028\u2029";

    private static readonly string s_evil = Sting + new string('A', 10_000) + Sting;
    private static readonly string s_name = Sting + new string('N', 60);

    private TestFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TestFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    private static byte[] Rows(string header, int rows = 40, string? last = null) => Encoding.UTF8.GetBytes(header + "\n"
        + string.Concat(Enumerable.Range(0, rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i % 7},{i * i % 11},{(last ?? "3")}\n"))));

    private static IEnumerable<TestCaseData> Refused()
    {
        string evil = s_evil, name = s_name;
        var mat = new MatFile();
        byte[] npy = Files.Npy("<f8", "(2, 1)", [1, 2]);
        yield return Case("csv, a cell", Rows($"{evil},{evil}2,c", last: evil));
        yield return Case("csv, no such column", Rows($"{evil},{evil}2,c"), "--label", name);
        yield return Case("csv, a label", Rows($"a,b,{evil}", last: evil), "--label", "3");
        yield return Case("csv, no such positive label", Rows($"a,b,{evil}", last: evil), "--label", "3", "--positive", name);
        yield return Case("csv, doubled names", Rows($"{evil},{evil},c"));
        yield return Case("csv, missing cells", Rows($"{evil},{evil}2,c", last: ""));
        yield return Case("csv, nothing but missing cells", Rows($"{evil},b,{evil}c", last: ""), "--missing", "mean");
        yield return Case("csv, too many cells in a row", Rows($"{evil},b,c", last: $"1,{evil}"));
        yield return Case("csv, a quote that never ends", Rows($"\"{evil},b,c"));
        yield return Case("csv, gzip", Files.Gzip(Rows($"{evil},{evil}2,c", last: evil)));
        yield return Case("csv, zstd", Files.Zstd(Rows($"{evil},{evil}2,c", last: evil)));
        yield return Case("csv, gzip with a stain", [.. Files.Gzip(Rows($"{evil},b,c"))[..^9], 1, 2, 3]);
        yield return Case("json lines, a key", Text($"{{{Json(evil)}:1}}\n{{{Json(evil + "2")}:1}}\n"));
        yield return Case("json lines, a doubled key", Text($"{{{Json(evil)}:1,{Json(evil)}:2}}\n"));
        yield return Case("json lines, two values", Text($"{{{Json(evil)}:1}}\n{{{Json(evil)}:1,{Json(evil)}:2}}\n"));
        yield return Case("json lines, no JSON", Text($"{{{Json(evil)}:1}}\n{{{evil}}}\n"));
        yield return Case("json lines, no JSON at once", Text($"{{{evil}:1}}\n"));
        yield return Case("json lines, a nested cell", Text($"{{{Json(evil)}:{{{Json(evil)}:1}}}}\n"));
        yield return Case("json lines, a text", Text($"{{{Json(evil)}:{Json(evil)}}}\n"));
        yield return Case("json lines, half a pair", Text("{\"\\ud83d\":1}\n{\"\\ud83d\":2,\"\\ude00\":3}\n"));
        yield return Case("libsvm, a pair", Text($"1 1:0.5\n0 {evil.Replace('\u2028', '_').Replace('\u0085', '_')}\n"));
        yield return Case("libsvm, a label", Text($"1 1:0.5\n{evil.Replace('\u2028', '_').Replace('\u0085', '_').Replace('\u2029', '_')} 1:1\n"), "--positive", name);
        yield return Case("npy, a type", Files.NpyOfHeader($"{{'descr': '{Latin(evil)}', 'fortran_order': False, 'shape': (2, 1), }}", new byte[16]));
        yield return Case("npy, a key", Files.NpyOfHeader($"{{'{Latin(evil)}': 1, }}", new byte[16]));
        yield return Case("npz, names", Files.Npz(CompressionLevel.Optimal, (evil + "1.npy", npy), (evil + "2.npy", npy)));
        yield return Case("npz, no such labels", Files.Npz(CompressionLevel.Optimal, (evil + ".npy", npy)), "--label", name);
        yield return Case("npz, a damaged array", Files.Npz(CompressionLevel.Optimal, (evil + ".npy", npy[..^3])));
        yield return Case("npz, no table", Files.Npz(CompressionLevel.Optimal, (evil + ".npy", Files.Npy("<f8", "(2,)", [1, 2]))));
        yield return Case("npz, labels of another length", Files.Npz(CompressionLevel.Optimal, ("X.npy", npy), (name + ".npy", Files.Npy("<f8", "(3,)", [1, 0, 2]))), "--label", name);
        yield return Case("zip, several files", Files.Npz(CompressionLevel.Optimal, (evil + ".csv", Rows("a,b,c")), (evil + "2.csv", Rows("a,b,c"))));
        yield return Case("zip, a damaged file", Files.Npz(CompressionLevel.Optimal, (evil + ".csv", Rows($"a,{evil},c", last: evil))));
        yield return Case("mat, names", mat.File(mat.Array(Latin(name), 2, 1, [1, 2]), mat.Array(Latin(name) + "2", 2, 1, [1, 2])));
        yield return Case("mat, a complex array", mat.File(mat.Array(Latin(name), 2, 1, [1, 2], flags: 0x0800)));
        yield return Case("mat, an unknown type", mat.File(mat.Matrix(MatFile.ClassDouble, 0, Latin(name), [2, 1], mat.Element(99, new byte[16]))));
        yield return Case("png, a chunk", PngFile.Assemble(PngFile.Header(1, 1), ("A\e]\a", []), ("IDAT", Files.Zlib([0, 0])), ("IEND", [])), "--images");
        yield return Case("parquet, text", new ParquetFile().Add(evil, [evil, evil]).Add("b", [1.0, 2.0]).Write());
        yield return Case("parquet, lists", new ParquetFile().AddLists(evil, 2).Add("b", [1.0, 2.0]).Write());
        yield return Case("parquet, a damaged page", Damaged(new ParquetFile().Add(name, Enumerable.Range(0, 500).Select(i => (double)i).ToArray()).Write()));
        yield return Case("parquet, no such column", new ParquetFile().Add(evil, [1.0, 2]).Write(), "--label", name);
        yield return Case("arrow, text", new ArrowFile().Add(evil, ArrowFile.Texts(evil, evil)).Write());
        yield return Case("arrow, missing cells", new ArrowFile().Add(evil, ArrowFile.Doubles(1, null)).Write());
        yield return Case("arrow, labels", new ArrowFile().Add(name, ArrowFile.Texts(evil, evil + "2")).Add("b", ArrowFile.Doubles(1, 2)).Write(), "--label", name);

        static TestCaseData Case(string name, byte[] file, params string[] options) => new TestCaseData(file, options).SetArgDisplayNames(name);
        static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
        static string Json(string text) => JsonValue.Create(text).ToJsonString();
        static byte[] Damaged(byte[] file)
        {
            file.AsSpan(40, 200).Fill(0xFF);
            return file;
        }
    }

    // As names of NPY types and MAT arrays are stored: a byte a character.
    private static string Latin(string text) => string.Concat(text.Where(c => c < 128));

    [TestCaseSource(nameof(Refused))]
    public void A_refusal_says_what_is_wrong_without_it(byte[] file, string[] options)
    {
        // The name of the file is hostile as well.
        string path = _folder.File("\e]0;x\a\u202Edata");
        File.WriteAllBytes(path, file);
        CliRun run = CliRun.Of(["fit", path, "--rounds", "1", .. options]);
        Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err[..Math.Min(run.Err.Length, 500)]);
        AssertClean(run);
        Exception? failure = Assert.Catch(() => DatasetReader.Read(path, new DatasetReadOptions
        {
            Label = Option("--label"), Positive = Option("--positive"), Formats = Tables.Options.Formats,
            Missing = options.Contains("--missing") ? MissingValues.Drop : MissingValues.Error,
        }));
        for (; failure is not null; failure = failure.InnerException)
        {
            AssertClean(failure.Message, failure.GetType().Name);
            Assert.That(failure.Message, Has.Length.LessThanOrEqualTo(ForeignText.LongestMessage));
        }

        string? Option(string name) => Array.IndexOf(options, name) is >= 0 and var at ? options[at + 1] : null;
    }

    [TestCase("csv", "ae")]
    [TestCase("csv", "auto")]
    [TestCase("jsonl", "ae")]
    [TestCase("parquet", "ae")]
    [TestCase("arrow", "ae")]
    public void A_fit_and_its_scores_show_names_without_it(string format, string model)
    {
        // A column of numbers, one of a single value, one with an extreme and a missing cell, one of levels, names of samples and labels.
        const int Count = 60;
        string[] names = [s_evil + "1", s_evil + "2", s_evil + "3", s_evil + "4", s_name, "label"];
        string Level(int i) => s_evil + (i % 3).ToString(CultureInfo.InvariantCulture);
        string?[][] cells =
        [
            [.. Numbers(i => i % 7)], [.. Numbers(_ => 5)], [.. Numbers(i => i == 7 ? 1e9 : i == 9 ? null : i % 5)],
            [.. Enumerable.Range(0, Count).Select(Level)], [.. Enumerable.Range(0, Count).Select(i => s_evil + i.ToString(CultureInfo.InvariantCulture))],
            [.. Numbers(i => i == 7 ? 1 : 0)],
        ];
        string data = Write("data", names, cells), other = Write("other", [.. names[..^1], s_evil + "5"],
            [cells[0], [.. Numbers(i => i)], cells[2], [.. Enumerable.Range(0, Count).Select(i => s_evil + "new")], cells[4], cells[5]]);
        string modelFile = _folder.File("m.iad"), report = _folder.File("r.html"), json = _folder.File("r.json"), scores = _folder.File("scores.csv");
        string[] network = model == "ae" ? ["--network", "3-2", "--epochs", "2"] : [];
        CliRun fit = CliRun.Of(["fit", data, "--model", model, "--rounds", "1", .. network, "--categorical", "4", "--id", "5", "--label", "label",
            "--missing", "mean", "--out", modelFile, "--report", report, "--json", json]);
        Assert.That(fit.Code, Is.Zero, fit.Err);
        Assert.That(fit.Err, Does.Contain("extreme cells").And.Contain("one value in all rows").And.Contain("missing cells"));
        AssertClean(fit);
        AssertClean(CliRun.Of(["fit", data, "--model", model, "--rounds", "1", .. network, "--categorical", "4", "--id", "5", "--label", "label",
            "--missing", "mean", "--json", "-"]));
        string page = File.ReadAllText(report);
        AssertClean(page, "the report", longestLine: 100_000);
        AssertClean(File.ReadAllText(json), "the JSON", longestLine: 100_000);

        CliRun score = CliRun.Of("score", modelFile, other, "--explain", "--id", "5", "--out", scores);
        Assert.That(score.Code, Is.Zero, score.Err);
        Assert.That(score.Err, Does.Contain("no feature and passed over").And.Contain("was constant in training").And.Contain("training has not seen"));
        AssertClean(score);

        foreach (string[] refused in (string[][])[["score", modelFile, _folder.WriteCsv("plain.csv")], ["score", modelFile, data, "--id", s_name + "x"]])
        {
            CliRun run = CliRun.Of(refused);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            AssertClean(run);
        }

        CliRun info = CliRun.Of("info", modelFile);
        Assert.That(info.Out, Does.Contain("features"));
        AssertClean(info);
        AssertClean(CliRun.Of("info", modelFile, "--json", "-"));

        static IEnumerable<string?> Numbers(Func<int, double?> number) =>
            Enumerable.Range(0, Count).Select(i => number(i)?.ToString("R", CultureInfo.InvariantCulture));

        string Write(string name, string[] columns, string?[][] content)
        {
            string path = _folder.File("\e[2J" + name);
            File.WriteAllBytes(path, format switch
            {
                "csv" => Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(-1, Count + 1)
                    .Select(i => string.Join(',', i < 0 ? columns : content.Select(column => column[i])))) + "\n"),
                "jsonl" => Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, Count).Select(i => new JsonObject(
                    columns.Select((column, j) => KeyValuePair.Create(column, (JsonNode?)content[j][i]))).ToJsonString())) + "\n"),
                "parquet" => columns.Index().Aggregate(new ParquetFile(), (file, column) => IsText(column.Index)
                    ? file.Add(column.Item, content[column.Index]) : file.Add(column.Item, Doubles(content[column.Index]))).Write(),
                _ => columns.Index().Aggregate(new ArrowFile(), (file, column) => IsText(column.Index)
                    ? file.Add(column.Item, ArrowFile.Texts(content[column.Index])) : file.Add(column.Item, ArrowFile.Doubles(Doubles(content[column.Index])))).Write(),
            });
            return path;
        }

        static bool IsText(int column) => column is 3 or 4;

        static double?[] Doubles(string?[] texts) => Array.ConvertAll(texts, text => text is null ? (double?)null : double.Parse(text, CultureInfo.InvariantCulture));
    }

    [Test]
    public void Classes_and_files_of_images_are_shown_without_it()
    {
        string folder = Directory.CreateDirectory(_folder.File("\e]0;set\a")).FullName;
        foreach (string name in (string[])["\e[2J\u202Eone", "two\a"])
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
            for (int i = 0; i < 20; i++) File.WriteAllBytes(Path.Combine(folder, name, $"\e[1m{i}.png"), PngFile.Grey(2, 2, (y, x) => (i * 9) + y + (2 * x)));
        }

        CliRun fit = CliRun.Of("fit", folder, "--images", "--model", "ae", "--network", "3-1", "--rounds", "1", "--epochs", "1", "--normal-class", "\e[2J\u202Eone");
        Assert.That(fit.Code, Is.Zero, fit.Err);
        AssertClean(fit);
        Refused("--normal-class", "three\e");
        File.WriteAllBytes(Path.Combine(folder, "two\a", "\e[1m9.png"), PngFile.Grey(3, 3, (_, _) => 1));
        Refused();
        File.WriteAllBytes(Path.Combine(folder, "two\a", "\e[1m9.png"), [1, 2, 3]);
        Refused();
        File.WriteAllBytes(Path.Combine(folder, "\e[1m9.png"), PngFile.Grey(2, 2, (_, _) => 1));
        Refused();

        void Refused(params string[] options)
        {
            CliRun run = CliRun.Of(["fit", folder, "--images", .. options]);
            Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
            AssertClean(run);
        }
    }

    [Test]
    public void A_hostile_model_shows_nothing_of_it()
    {
        string path = _folder.File("\e[2Jm.iad"), data = _folder.WriteCsv();
        Assert.That(CliRun.Of("fit", data, "--label", "label", "--model", "ae", "--network", "3-1", "--rounds", "1", "--epochs", "2", "--out", path).Code, Is.Zero);
        byte[] saved = File.ReadAllBytes(path);
        JsonObject description = new ModelFile(saved).Description;
        Assert.That(description["createdBy"], Is.Not.Null);

        // Whoever wrote it, as a model of an early version that has no checksum.
        Save(file => file.Description["createdBy"] = s_evil);
        CliRun info = CliRun.Of("info", path), score = CliRun.Of("score", path, data, "--label", "label", "--out", _folder.File("s.csv"));
        Assert.That((info.Code, score.Code), Is.EqualTo((0, 0)), info.Err + score.Err);
        Assert.That(info.Out, Does.Contain("AAAA").And.Contain("\uFFFD"));
        AssertClean(info);
        AssertClean(score);

        // Every text in its description, and every key, one by one.
        foreach (string place in Places(description))
        {
            Save(file => Replace(file.Description, place));
            foreach (string[] command in (string[][])[["info", path], ["info", path, "--json", "-"], ["score", path, data, "--label", "label", "--out", _folder.File("s.csv")]])
            {
                CliRun run = CliRun.Of(command);
                Assert.That(run.Code, Is.AnyOf(ExitCodes.Success, ExitCodes.BadInput), place + run.Err);
                AssertClean(run);
            }

            try
            {
                AnomalyDetector.Load(path);
            }
            catch (ModelFormatException e)
            {
                for (Exception? failure = e; failure is not null; failure = failure.InnerException) AssertClean(failure.Message, place);
            }
        }

        // Names of tensors.
        var renamed = new ModelFile(saved);
        KeyValuePair<string, ModelFile.Tensor> first = renamed.Tensors.First();
        renamed.Tensors.Remove(first.Key);
        renamed.Tensors[s_evil] = first.Value;
        File.WriteAllBytes(path, renamed.ToBytes());
        CliRun lost = CliRun.Of("info", path);
        Assert.That(lost.Code, Is.EqualTo(ExitCodes.BadInput));
        AssertClean(lost);

        // Ten thousand names.
        var many = new ModelFile(saved) { RawDescription = new string('\u009b', 20_000) };
        File.WriteAllBytes(path, many.ToBytes());
        AssertClean(CliRun.Of("info", path));

        void Save(Action<ModelFile> change)
        {
            var file = new ModelFile(saved);
            change(file);
            File.WriteAllBytes(path, file.ToBytes());
        }
    }

    [TestCase("info")]
    [TestCase("score X data.csv")]
    [TestCase("fit X")]
    [TestCase("fit data.csv --out X/m.iad")]
    [TestCase("fit data.csv --json X/m.json")]
    [TestCase("fit data.csv --model X")]
    [TestCase("fit data.csv --network X")]
    [TestCase("fit data.csv --rounds X")]
    [TestCase("fit data.csv --threshold X")]
    [TestCase("fit data.csv --termination X")]
    [TestCase("fit data.csv --device X")]
    [TestCase("fit data.csv --header X")]
    [TestCase("fit data.csv --sep X")]
    [TestCase("fit data.csv --encoding X")]
    [TestCase("fit data.csv --label X")]
    [TestCase("fit data.csv --drop X")]
    [TestCase("fit data.csv --X 1")]
    public void Words_of_the_command_line_are_shown_without_it(string command)
    {
        _folder.WriteCsv();
        CliRun run = CliRun.Of([.. command.Split(' ').Select(word => word == "data.csv" ? _folder.File(word) : word.Replace("X", s_name, StringComparison.Ordinal))]);
        if (command != "info") Assert.That(run.Code, Is.EqualTo(ExitCodes.BadInput), run.Err);
        AssertClean(run);
    }

    private static void AssertClean(CliRun run)
    {
        AssertClean(run.Out, "standard output", longestLine: 100_000);
        AssertClean(run.Err, "standard error");
    }

    private static void AssertClean(string text, string where, int longestLine = LongestLine)
    {
        string[] lines = text.Split('\n');
        int bad = Array.FindIndex(lines, line => ForeignText.Plain(line) != line);
        if (bad >= 0)
        {
            Assert.Fail($"{where}, line {bad + 1}: " + string.Concat(lines[bad].Take(2_000).Select(c => c is > '\x1f' and < '\x7f'
                ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"<{(int)c:X4}>"))));
        }

        Assert.That(lines.Max(line => line.Length), Is.LessThanOrEqualTo(longestLine), where);
    }

    // Every text and every key of a description, by its path.
    private static List<string> Places(JsonNode node)
    {
        var places = new List<string>();
        if (node is JsonObject members)
        {
            foreach ((string _, JsonNode? value) in members)
            {
                if (value is null) continue;
                places.Add(value.GetPath());
                places.AddRange(Places(value));
            }
        }
        else if (node is JsonArray items && items.Count > 0 && items[0] is { } item)
        {
            places.Add(item.GetPath());
            places.AddRange(Places(item));
        }

        return [.. places.Distinct()];
    }

    private static void Replace(JsonNode node, string path)
    {
        if (node is JsonObject members)
        {
            foreach ((string key, JsonNode? value) in members.ToArray())
            {
                if (value?.GetPath() == path) members[key] = s_evil;
                else if (value is not null) Replace(value, path);
            }
        }
        else if (node is JsonArray items)
        {
            for (int i = 0; i < items.Count; i++)
            {
                if (items[i]?.GetPath() == path) items[i] = s_evil;
                else if (items[i] is { } item) Replace(item, path);
            }
        }
    }
}
