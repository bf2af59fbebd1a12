namespace LeanChat.Text;

/// <summary>The words of opening hours in English, German, French, Spanish, Italian and Dutch, folded as for the search.</summary>
internal static class OpeningHoursWords
{
    private const string Days =
        """
        sun su sunday sundays so sonntag sonntags dim dimanche dom domingo domenica zo zondag
        mon mo monday mondays montag montags lun lundi lunes lunedi ma maandag
        tue tu tues tuesday tuesdays di die dienstag dienstags mar mardi martes martedi dinsdag
        wed we wednesday wednesdays mi mit mittwoch mittwochs mer mercredi mie miercoles mercoledi wo woensdag
        thu th thur thurs thursday thursdays do don donnerstag donnerstags jeu jeudi jue jueves gio giovedi donderdag
        fri fr friday fridays freitag freitags ven vendredi vie viernes venerdi vr vrijdag
        sat sa saturday saturdays samstag samstags sonnabend sam samedi sab sabado sabato zaterdag za
        """;

    private const string Everyday = "daily everyday taglich jeden tous todos tutti elke dagelijks";
    private const string Weekdays = "weekday weekdays workdays werktags wochentags";
    private const string Weekend = "weekend weekends wochenende";
    private const string Ranges = "- to till until til through thru bis au a al alle tot";
    private const string Fillers =
        """
        and und et y e en & + , ; | / . : ( ) open opening opened from between on at the every hours hrs h uhr von um offen geoffnet am
        ouvert de du le les los i la dal dalle il abierto aperto van geopend tag jours dias giorni dag heures
        """;

    private static readonly Dictionary<string, int[]> DaysOf = Read();
    private static readonly HashSet<string> RangeWords = [.. Split(Ranges)];
    private static readonly HashSet<string> FillerWords = [.. Split(Fillers)];
    private static readonly HashSet<string> Noon = [.. Split("noon midday mittag midi")];
    private static readonly HashSet<string> Midnight = [.. Split("midnight mitternacht minuit")];
    private static readonly HashSet<string> Closures = [.. Split("closed close geschlossen zu ferme fermee cerrado chiuso gesloten")];
    private static readonly HashSet<string> Always = [.. Split("always immer toujours siempre sempre altijd")];

    /// <summary>The days that a word means, 0 is Sunday; null: it means no day.</summary>
    public static int[]? DaysNamed(string word) => DaysOf.GetValueOrDefault(word);

    public static bool IsRange(string word) => RangeWords.Contains(word);

    public static bool IsClosed(string word) => Closures.Contains(word);

    public static bool IsAlways(string word) => Always.Contains(word);

    /// <summary>A word or sign that changes nothing.</summary>
    public static bool IsFiller(string word) => FillerWords.Contains(word);

    /// <summary>The minute of the day that a word means.</summary>
    public static int? Time(string word) => Noon.Contains(word) ? 12 * 60 : Midnight.Contains(word) ? 0 : null;

    private static Dictionary<string, int[]> Read()
    {
        var all = new Dictionary<string, int[]>();
        foreach (var (line, day) in Days.Split('\n').Select((line, day) => (line, day)))
        {
            foreach (var name in Split(line))
                all[name] = [day];
        }

        (string, int[])[] several = [(Everyday, [0, 1, 2, 3, 4, 5, 6]), (Weekdays, [1, 2, 3, 4, 5]), (Weekend, [6, 0])];
        foreach (var (names, days) in several)
        {
            foreach (var name in Split(names))
                all[name] = days;
        }

        return all;
    }

    private static string[] Split(string words) => words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
