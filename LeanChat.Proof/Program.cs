using System.Diagnostics;
using LeanChat.Proof;

// dotnet run -c Release --project LeanChat.Proof -- [--short] [--seed N] [--defect NAME] [--defects] [--save DIR] [CLAIM ...]
var (isLong, seed, defect, defects, save, names) = (true, Environment.TickCount, (string?)null, false, (string?)null, new List<string>());
for (var each = 0; each < args.Length; each++)
{
    switch (args[each])
    {
        case "--short":
            isLong = false;
            break;
        case "--seed":
            seed = int.Parse(args[++each], System.Globalization.CultureInfo.InvariantCulture);
            break;
        case "--defect":
            defect = args[++each];
            break;
        case "--defects":
            defects = true;
            break;
        case "--save":
            save = args[++each];
            break;
        case "--help" or "--list":
            foreach (var claim in Claims.All)
            {
                Console.WriteLine($"{claim.Name,-16} {claim.Sentence}");
                foreach (var known in claim.Defects)
                    Console.WriteLine($"                 --defect {known.Name}: {known.Sentence}");
            }

            return 0;
        default:
            names.Add(args[each]);
            break;
    }
}

if (names.Except(Claims.All.Select(claim => claim.Name)).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no claim {unknown}; --list tells what there is.");
    return 2;
}

var chosen = Claims.All.Where(claim => names.Count == 0 || names.Contains(claim.Name)).ToList();
var wrong = 0;
if (defects)
{
    // Every deliberate defect in the short form: red is what each must be.
    foreach (var claim in chosen)
    {
        foreach (var each in claim.Defects)
        {
            var clock = Stopwatch.StartNew();
            var trial = await TryAsync(claim, new Trial(false, seed, each.Name));
            var seen = trial.Skipped is not null ? "skipped" : trial.Faults.Count > 0 ? "red" : "NOT RED";
            wrong += seen == "NOT RED" ? 1 : 0;
            Console.WriteLine(
                $"{claim.Name,-14} {each.Name,-16} {seen,-8} {clock.Elapsed.TotalSeconds,6:0.0} "
                + $"s  {trial.Faults.FirstOrDefault()?.Split('\n')[0]}");
        }
    }

    return wrong == 0 ? 0 : 1;
}

foreach (var claim in chosen)
{
    Console.WriteLine($"{claim.Name}: {claim.Sentence} (seed {seed}{(defect is null ? "" : ", with the defect " + defect)})");
    var clock = Stopwatch.StartNew();
    var trial = await TryAsync(claim, new Trial(isLong, seed, defect, save));
    foreach (var (name, value) in trial.Figures)
        Console.WriteLine($"  {name}: {value}");
    foreach (var fault in trial.Faults)
        Console.WriteLine($"  FAULT {fault}");
    Console.WriteLine($"  {(trial.Faults.Count == 0 ? "holds" : "DOES NOT HOLD")}, {clock.Elapsed.TotalSeconds:0.0} s");
    wrong += trial.Faults.Count == 0 ? 0 : 1;
}

return wrong == 0 ? 0 : 1;

static async Task<Trial> TryAsync(Claim claim, Trial trial)
{
    try
    {
        await claim.TryAsync(trial);
    }
    catch (Exception e) when (e is not OutOfMemoryException)
    {
        // A claim that cannot be tried to its end does not hold; the others still are.
        trial.Fault(e.ToString());
    }

    return trial;
}
