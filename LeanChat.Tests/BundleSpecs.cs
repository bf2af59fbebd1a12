using LeanChat.Pages;

namespace LeanChat.Tests;

/// <summary>Native modules joined into one script.</summary>
public sealed class BundleSpecs
{
    [Fact]
    public void A_module_stands_after_those_it_imports_and_once()
    {
        var script = Of(
            ("a/main.js", "// first\nimport { app } from './app.js';\nimport { one } from '../one.js';\n\napp(one);\n"),
            ("a/app.js", """
                import { one } from '../one.js';
                import {
                  two,
                } from './two.js';
                export function app() {
                  return one + two;
                }

                """),
            ("one.js", "export const one = 1;\n"),
            ("a/two.js", "import { app } from './app.js';\nexport const two = () => app;\nconst own = 3;\n"));

        script.Should().Be("""
            const one = 1;
            const two = () => app;
            const own = 3;
            function app() {
              return one + two;
            }
            // first

            app(one);

            """);
    }

    [Theory]
    [InlineData(
        "import { two } from './two.js';\nconst same = 1;\n",
        "export const two = 2;\nfunction same() {}\n",
        "a/main.js and a/two.js both declare same.")]
    [InlineData(
        "import { three } from './two.js';\n",
        "export const two = 2;\nconst three = 3;\n",
        "a/main.js imports three, which a/two.js does not export.")]
    [InlineData(
        "import { two as deux } from './two.js';\n",
        "export const two = 2;\n",
        "a/main.js imports two as deux, which a/two.js does not export.")]
    [InlineData("import './two.js';\n", "", "a/main.js has what cannot be joined: import './two.js';")]
    [InlineData("import { two } from './two.js';\n", "export default 2;\n", "a/two.js has what cannot be joined: export default 2;")]
    [InlineData("const line = '</script>';\n", "", "a/main.js has what cannot be joined: </script")]
    [InlineData("const { a, b } = window;\n", "", "a/main.js has what cannot be joined: const {")]
    public void What_does_not_fit_together_is_refused(string main, string two, string complaint)
    {
        var join = () => Of(("a/main.js", main), ("a/two.js", two));

        join.Should().Throw<InvalidOperationException>().WithMessage(complaint);
    }

    [Fact]
    public void What_is_inside_a_function_may_have_any_name()
    {
        const string main = "import { two } from './two.js';\nconst same = () => {\n  const two = 1;\n  return two;\n};\n";
        const string two = "export const two = () => {\n  const same = 2;\n};\n";

        Of(("main.js", main), ("two.js", two))
            .Should().Contain("  const two = 1;").And.Contain("  const same = 2;");
    }

    [Fact]
    public void A_part_gets_what_the_first_script_has_already()
    {
        (string Name, string Source)[] modules =
        [
            ("main.js", "import { one } from './one.js';\n\none(/*<shared>*/ {} /*</shared>*/);\n"),
            ("one.js", "export const one = 1;\nexport const unused = 0;\n"),
            ("part.js", "import { one } from './one.js';\nimport { two } from './two.js';\nexport const part = () => one + two;\n"),
            ("two.js", "import { one } from './one.js';\nexport const two = one;\n"),
        ];

        var (entry, rest) = Bundle.Split("main.js", "part.js", "part", name => modules.Single(module => module.Name == name).Source);

        entry.Should().Be("const one = 1;\nconst unused = 0;\n\none({one:one});\n");
        rest.Should().Be("""
            const load = shared => {
            let one=shared.one;
            const two = one;
            const part = () => one + two;
            return part();
            };

            """);
    }

    private static string Of(params (string Name, string Source)[] modules) =>
        Bundle.Of(modules[0].Name, name => modules.Single(module => module.Name == name).Source);
}
