using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;

namespace LeanChat.Tests;

/// <summary>Queries are compiled, not reflected: what would need a just-in-time compiler would fail in the release.</summary>
public sealed class DapperSpecs
{
    [Fact]
    public void No_query_was_left_to_reflection() =>
        Members("Dapper", "SqlMapper").Should().BeEmpty("each of these was not compiled by Dapper.AOT");

    [Fact]
    public void The_queries_were_compiled() =>
        // Otherwise the above would be true of nothing.
        Members("Dapper", "CommandFactory`1").Concat(Members("Dapper", "CommandFactory")).Concat(Members("Dapper", "DapperAotExtensions"))
            .Should().NotBeEmpty();

    [Fact]
    public void Dynamic_code_is_off_here_as_in_the_release() => RuntimeFeature.IsDynamicCodeSupported.Should().BeFalse();

    /// <summary>Every member of a foreign type, or of one nested in it, that the product's own code refers to.</summary>
    private static List<string> Members(string nameSpace, string name)
    {
        using var file = new PEReader(File.OpenRead(typeof(Program).Assembly.Location));
        var metadata = file.GetMetadataReader();
        return [.. metadata.MemberReferences.Select(metadata.GetMemberReference)
            .Where(member => member.Parent.Kind == HandleKind.TypeReference && IsIn((TypeReferenceHandle)member.Parent))
            .Select(member => metadata.GetString(member.Name)).Distinct()];

        bool IsIn(TypeReferenceHandle handle)
        {
            var type = metadata.GetTypeReference(handle);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? IsIn((TypeReferenceHandle)type.ResolutionScope)
                : metadata.GetString(type.Namespace) == nameSpace && metadata.GetString(type.Name) == name;
        }
    }
}
