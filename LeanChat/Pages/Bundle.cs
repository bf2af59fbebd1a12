using System.Text;
using System.Text.RegularExpressions;
using LeanChat.Text;

namespace LeanChat.Pages;

/// <summary>
/// Joins native modules into one script with one scope, each after those it imports, as a browser runs them. It supports only
/// `import { a, b } from './file.js'` and `export` before a declaration; other imports and exports are an error.
/// </summary>
internal static partial class Bundle
{
    /// <summary>
    /// The script of a module and of all that it imports. Throws <see cref="InvalidOperationException"/> where the modules do not
    /// fit together.
    /// </summary>
    /// <param name="entry">The first module, as `folder/file.js`.</param>
    /// <param name="read">A module's text by its name.</param>
    public static string Of(string entry, Func<string, string> read)
    {
        var script = new StringBuilder();
        var exports = new Dictionary<string, HashSet<string>>();
        var owners = new Dictionary<string, string>();
        var wanted = new List<(string By, string From, string Name)>();
        Add(entry);
        foreach (var (by, from, name) in wanted)
        {
            if (!exports[from].Contains(name))
                throw new InvalidOperationException($"{by} imports {name}, which {from} does not export.");
        }

        return script.ToString();

        void Add(string module)
        {
            if (exports.ContainsKey(module))
                return;
            // Added before its imports are followed, because modules may import each other.
            var exported = exports[module] = [];
            var source = read(module);
            foreach (Match import in Imports().Matches(source))
            {
                var from = Resolve(module, import.Groups["from"].Value);
                var names = import.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                wanted.AddRange(names.Select(name => (module, from, name)));
                Add(from);
            }

            var code = Imports().Replace(source, "");
            foreach (Match declared in Declarations().Matches(code))
            {
                var name = declared.Groups["name"].Value;
                if (!owners.TryAdd(name, module))
                    throw new InvalidOperationException($"{module} and {owners[name]} both declare {name}.");
                if (declared.Groups["export"].Success)
                    exported.Add(name);
            }

            code = Declarations().Replace(code, declared => declared.Value[declared.Groups["export"].Length..]);
            if (Unsupported().Match(code) is { Success: true } unsupported)
                throw new InvalidOperationException($"{module} has what cannot be joined: {unsupported.Value}");
            script.Append(code);
        }
    }

    private static string Resolve(string module, string path)
    {
        var parts = new Stack<string>(module.Split('/')[..^1]);
        foreach (var part in path.Split('/'))
        {
            if (part == "..")
                parts.Pop();
            else if (part != ".")
                parts.Push(part);
        }

        return string.Join('/', parts.Reverse());
    }

    [GeneratedRegex(@"^import \{(?<names>[\w$,\s]*)\} from '(?<from>\.[\w./-]*)';\n", RegexOptions.Multiline)]
    private static partial Regex Imports();

    /// <summary>Only declarations at the beginning of a line are top-level: inner scopes are indented.</summary>
    [GeneratedRegex(@"^(?<export>export )?(?:async function|function|class|const|let) (?<name>[\w$]+)", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    /// <summary>Other imports and exports, several names in one declaration, and what would end the script element.</summary>
    [GeneratedRegex(@"^(?:import|export)\b.*$|^(?:const|let|var) [{[]|</script", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Unsupported();
}
