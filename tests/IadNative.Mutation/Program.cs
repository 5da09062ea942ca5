using IadNative.Mutation;

if (args is [TestWorker.Command, var assembly]) return TestWorker.Serve(assembly);

MutationRun run;
try
{
    run = MutationRun.Parse(args);
}
catch (FormatException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}

return run.Start(Console.Out);
