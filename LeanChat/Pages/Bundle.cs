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
    /// <summary>Where a script passes on what another needs of it.</summary>
    private const string SharedMark = "/*<shared>*/ {} /*</shared>*/";

    /// <summary>
    /// The script of a module and of all that it imports. Throws <see cref="InvalidOperationException"/> where the modules do not
    /// fit together.
    /// </summary>
    /// <param name="entry">The first module, as `folder/file.js`.</param>
    /// <param name="read">A module's text by its name.</param>
    public static string Of(string entry, Func<string, string> read) => new Script(entry, read, null).Text;

    /// <summary>
    /// Two scripts: that of <paramref name="entry"/>, and that of what only <paramref name="part"/> imports, as `load(shared)`, which
    /// answers the part's export. The first passes on what the second needs, in place of its mark.
    /// </summary>
    public static (string Entry, string Part) Split(string entry, string part, string export, Func<string, string> read)
    {
        var first = new Script(entry, read, null);
        var second = new Script(part, read, first);
        var shared = second.Shared.Order(StringComparer.Ordinal).ToList();
        return (
            first.Text.Replace(
                SharedMark, $"{{{string.Join(',', shared.Select(name => $"{name}:{name}"))}}}", StringComparison.Ordinal),
            $"const load = shared => {{\nlet {string.Join(',', shared.Select(name => $"{name}=shared.{name}"))};\n" +
            $"{second.Text}return {export}();\n}};\n");
    }

    /// <summary>The modules of one script. What those of <paramref name="before"/> export is shared with it.</summary>
    private sealed class Script
    {
        private readonly StringBuilder _text = new();
        private readonly Dictionary<string, HashSet<string>> _exports = [];
        private readonly Dictionary<string, string> _owners;
        private readonly List<(string By, string From, string Name)> _wanted = [];
        private readonly Func<string, string> _read;
        private readonly Script? _before;

        public Script(string entry, Func<string, string> read, Script? before)
        {
            (_read, _before) = (read, before);
            _owners = new(before?._owners ?? []);
            Add(entry);
            foreach (var (by, from, name) in _wanted)
            {
                if (!(ExportsBefore(from) ?? _exports[from]).Contains(name))
                    throw new InvalidOperationException($"{by} imports {name}, which {from} does not export.");
            }
        }

        public string Text => _text.ToString();

        public IEnumerable<string> Shared =>
            _wanted.Where(each => ExportsBefore(each.From) is not null).Select(each => each.Name).Distinct();

        private HashSet<string>? ExportsBefore(string module) => _before?._exports.GetValueOrDefault(module);

        private void Add(string module)
        {
            if (_exports.ContainsKey(module) || ExportsBefore(module) is not null)
                return;
            // Added before its imports are followed, because modules may import each other.
            var exported = _exports[module] = [];
            var source = _read(module);
            foreach (Match import in Imports().Matches(source))
            {
                var from = Resolve(module, import.Groups["from"].Value);
                var names = import.Groups["names"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                _wanted.AddRange(names.Select(name => (module, from, name)));
                Add(from);
            }

            var code = Imports().Replace(source, "");
            foreach (Match declared in Declarations().Matches(code))
            {
                var name = declared.Groups["name"].Value;
                if (!_owners.TryAdd(name, module))
                    throw new InvalidOperationException($"{module} and {_owners[name]} both declare {name}.");
                if (declared.Groups["export"].Success)
                    exported.Add(name);
            }

            code = Declarations().Replace(code, declared => declared.Value[declared.Groups["export"].Length..]);
            if (Unsupported().Match(code) is { Success: true } unsupported)
                throw new InvalidOperationException($"{module} has what cannot be joined: {unsupported.Value}");
            _text.Append(code);
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
