using System.Collections.Frozen;

namespace LeanChat.Files;

/// <summary>Files that run when somebody opens them: never taken, whatever the settings say.</summary>
internal static class Runnable
{
    /// <summary>
    /// Endings that systems run, install or mount when the file is opened. Sources: Microsoft's list of attachments that Outlook blocks,
    /// Google's list of file types that Gmail blocks, the PATHEXT of Windows, the bundles and images of macOS, the packages of Linux.
    /// </summary>
    private static readonly FrozenSet<string> Endings = (
        // Programs and libraries.
        "exe com scr pif cpl dll sys drv ocx xll msc hlp chm gadget application appref-ms vsto msrcincident xnk webpnp diagcfg " +
        "theme themepack diagcab appcontent-ms settingcontent-ms library-ms searchconnector-ms search-ms class jar jnlp jse " +
        "apk aab apks xapk ipa app command tool workflow action run bin out elf appimage swf air " +
        // Scripts.
        "bat cmd btm ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psm1 vb vbe vbs js mjs cjs ws wsc wsf wsh sct shb shs hta sh bash zsh csh ksh " +
        "fish py pyc pyo pyw pyz pyzw pl rb php phar tcl lua applescript scpt scptd osx ahk au3 a3x wsb iqy " +
        "slk reg inf ins isp vxd ade adp mde " +
        // Shortcuts.
        "lnk url webloc desktop scf website pcd rdp " +
        // Installers and packages.
        "msi msp mst msix msixbundle appx appxbundle appinstaller pkg mpkg deb rpm snap flatpak flatpakref cab vsix xpi crx " +
        // Disk images.
        "dmg iso img vhd vhdx vmdk vdi wim toast cdr udf").Split(' ').ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// First bytes. Sources: Microsoft PE format; ELF-64 §2; Apple mach-o/loader.h; JVM specification §4.1; Android dex format;
    /// MS-SHLLINK §2.1; MS-CAB §2; ITS of HTML Help; ar(5); RPM V3 lead; VHD and VHDX specifications; QCOW; Adobe SWF 19 §2; execve(2).
    /// </summary>
    private static readonly byte[][] Starts =
    [
        [0x7F, .. "ELF"u8], [0xFE, 0xED, 0xFA, 0xCE], [0xFE, 0xED, 0xFA, 0xCF], [0xCE, 0xFA, 0xED, 0xFE], [0xCF, 0xFA, 0xED, 0xFE],
        [0xCA, 0xFE, 0xBA, 0xBE], [.. "dex\n"u8], [0x4C, 0, 0, 0, 0x01, 0x14, 0x02, 0], [.. "MSCF\0\0\0\0"u8], [.. "ITSF"u8],
        [.. "!<arch>\n"u8], [0xED, 0xAB, 0xEE, 0xDB], [.. "conectix"u8], [.. "vhdxfile"u8], [.. "QFI"u8, 0xFB], [.. "MSWIM\0\0\0"u8],
        [.. "FWS"u8], [.. "CWS"u8], [.. "ZWS"u8], [.. "#!"u8], [.. "[InternetShortcut]"u8], [.. "[Desktop Entry]"u8],
        [.. "@echo off"u8],
    ];

    /// <summary>
    /// Whether a name has such an ending, once dots and blanks at its end are gone. A colon separates the streams of a file on Windows.
    /// </summary>
    public static bool IsName(string name) => name.Split(':').Any(part => Endings.Contains(FileName.Ending(part.TrimEnd('.', ' ', '\u00A0')
        .TrimEnd())));

    /// <summary>Whether a file begins like one.</summary>
    public static bool IsStart(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("#!AMR"u8))
            return false;
        var text = head.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? head[3..] : head;
        foreach (var start in Starts)
        {
            if (text.StartsWith(start))
                return true;
        }

        return IsDos(head) || IsIso(head);
    }

    /// <summary>Whether an archive with such an entry is a program: a Java archive, an Android, Windows or iOS package.</summary>
    public static bool IsEntry(string name) =>
        name.ToUpperInvariant() is "META-INF/MANIFEST.MF" or "ANDROIDMANIFEST.XML" or "CLASSES.DEX" or "APPXMANIFEST.XML"
            or "APPXMETADATA/APPXBUNDLEMANIFEST.XML" or "EXTENSION.VSIXMANIFEST"
        || (name.StartsWith("Payload/", StringComparison.OrdinalIgnoreCase) && name.Contains(".app/", StringComparison.OrdinalIgnoreCase));

    /// <summary>Disk images that say so at their end: those of macOS (`koly`), and VHD.</summary>
    public static async ValueTask<bool> IsImageAsync(FileBytes file)
    {
        var trailer = new byte[8];
        return await file.TryFillAsync(file.Size - 512, trailer)
            && (trailer.AsSpan().StartsWith("koly"u8) || trailer.AsSpan().StartsWith("conectix"u8));
    }

    /// <summary>`MZ` of a DOS or Windows program. Text may begin with it too, but has no zeros in the header's place.</summary>
    private static bool IsDos(ReadOnlySpan<byte> head) =>
        (head.StartsWith("MZ"u8) || head.StartsWith("ZM"u8)) && head[2..Math.Min(head.Length, 64)].Contains((byte)0);

    /// <summary>The volume descriptor of an ISO 9660 image, at sector 16 (ECMA-119 §8.1).</summary>
    private static bool IsIso(ReadOnlySpan<byte> head) => head.Length >= 0x8006 && head[0x8001..].StartsWith("CD001"u8);
}
