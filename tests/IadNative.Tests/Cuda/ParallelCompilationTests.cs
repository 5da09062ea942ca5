using IadNative.Cuda.Compilation;

namespace IadNative.Tests.Cuda;

public sealed class ParallelCompilationTests
{
    private static readonly KernelProgram[] s_programs =
        [.. "abcd".Select(letter => new KernelProgram($"{letter}.cu", "source", [], "sm_90"))];

    [Test]
    public void Programs_are_compiled_side_by_side_once_each_and_given_back_in_order()
    {
        using var two = new CountdownEvent(2);
        var compiler = new FakeCompiler(_ =>
        {
            // No compilation ends before a second one has begun.
            lock (two)
            {
                if (!two.IsSet) two.Signal();
            }

            if (!two.Wait(TimeSpan.FromMinutes(1))) throw new TimeoutException("One compilation waits for the end of another.");
        });
        byte[][] codes = ParallelCompilation.Compile(compiler, s_programs);
        Assert.That(codes, Is.EqualTo(s_programs.Select(program => new[] { (byte)program.File[0] })));
        Assert.That(compiler.Files, Is.EquivalentTo(s_programs.Select(program => program.File)));
    }

    [Test]
    public void The_first_failure_is_thrown_as_it_was_when_all_have_ended()
    {
        var compiler = new FakeCompiler(file =>
        {
            if (file == "b.cu") Thread.Sleep(50);
            if (file is "b.cu" or "c.cu") throw new InvalidOperationException(file);
        });
        Assert.That(
            () => ParallelCompilation.Compile(compiler, s_programs),
            Throws.TypeOf<InvalidOperationException>().With.Message.EqualTo("b.cu"));
        Assert.That(compiler.Files, Has.Count.EqualTo(s_programs.Length));
    }

    [Test]
    public void Nothing_to_compile_is_nothing_compiled() =>
        Assert.That(ParallelCompilation.Compile(new FakeCompiler(_ => { }), []), Is.Empty);

    private sealed class FakeCompiler(Action<string> compile) : IKernelCompiler
    {
        private readonly List<string> _files = [];

        public string Version => "fake";

        /// <summary>What was compiled.</summary>
        public IReadOnlyList<string> Files => _files;

        public byte[] Compile(KernelProgram program)
        {
            lock (_files) _files.Add(program.File);
            compile(program.File);
            return [(byte)program.File[0]];
        }
    }
}
