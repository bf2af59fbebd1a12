using System.Reflection;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("LeanChat.Tests.StoryFramework", "LeanChat.Tests")]

namespace LeanChat.Tests;

/// <summary>A story that cannot be told to a program in another process.</summary>
public sealed class InProcessOnlyException(string why) : Exception(why);

/// <summary>Stories run as ever; pointed at a published binary, those that must look inside are skipped by name and say why.</summary>
public sealed class StoryFramework(IMessageSink diagnostics) : XunitTestFramework(diagnostics)
{
    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        Running.Binary is null
            ? base.CreateExecutor(assemblyName)
            : new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(
        AssemblyName assembly,
        ISourceInformationProvider sources,
        IMessageSink diagnostics) : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions) =>
            base.RunTestCases(testCases, new Sink(executionMessageSink), executionOptions);
    }

    private sealed class Sink(IMessageSink inner) : LongLivedMarshalByRefObject, IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message) => inner.OnMessage(
            message is ITestFailed failed
                && Array.IndexOf(failed.ExceptionTypes, typeof(InProcessOnlyException).FullName) is >= 0 and var at
                ? new TestSkipped(failed.Test, $"told to the build, not to a published binary: {failed.Messages[at]}")
                : message);
    }
}
