using System.Text;
using LeanChat.Proof;

namespace LeanChat.Tests;

/// <summary>What a file is: its bytes say it, and its ending; what it is called, and how large it is shown.</summary>
public sealed class FilesTypeSpecs : IAsyncLifetime
{
    private LeanChatServer _server = null!;
    private Visitor _visitor = null!;

    public async Task InitializeAsync()
    {
        _server = await LeanChatServer.StartAsync("Limits:AttachmentBytesPerDay=0");
        _visitor = await _server.VisitorAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public static TheoryData<string, string, string> Taken => new()
    {
        { "png", "photo.png", "image/png" }, { "png", "photo.jpg", "image/png" }, { "png", "photo", "image/png" },
        { "jpeg", "photo.jpeg", "image/jpeg" }, { "gif", "a.gif", "image/gif" }, { "webp", "a.webp", "image/webp" },
        { "avif", "a.avif", "image/avif" }, { "pdf", "a.pdf", "application/pdf" }, { "text", "a.txt", "text/plain" },
        { "text", "a.csv", "text/csv" }, { "text", "a", "text/plain" }, { "text", "a.log", "text/plain" },
        { "utf16", "a.txt", "text/plain" }, { "utf16", "a.csv", "text/csv" }, { "zip", "a.zip", "application/zip" },
        { "docx", "a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
        { "docx", "a.XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
        { "docx", "a.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
        { "docx", "a.zip", "application/zip" }, { "zip", "a.docx", "application/zip" },
        { "odt", "a.odt", "application/vnd.oasis.opendocument.text" }, { "odt", "a.zip", "application/zip" },
        { "doc", "a.doc", "application/msword" }, { "xls", "a.xls", "application/vnd.ms-excel" },
        { "ppt", "a.ppt", "application/vnd.ms-powerpoint" }, { "mp3", "a.mp3", "audio/mpeg" }, { "mp4", "a.mp4", "video/mp4" },
        { "mp4", "a.m4a", "audio/mp4" }, { "mov", "a.mov", "video/quicktime" }, { "ogg", "a.ogg", "audio/ogg" },
        { "ogg", "a.ogv", "video/ogg" }, { "wav", "a.wav", "audio/wav" }, { "webm", "a.webm", "video/webm" },
        { "flac", "a.flac", "audio/flac" }, { "aac", "a.aac", "audio/aac" },
    };

    [Theory]
    [MemberData(nameof(Taken))]
    public async Task The_bytes_give_the_family_and_the_ending_the_member(string sample, string name, string type)
    {
        var reply = await _visitor.UploadAsync(Sample(sample), name);

        reply.Status.Should().Be(201, reply.Text);
        ((string)reply.Json!["type"]!).Should().Be(type);
        ((string)reply.Json["name"]!).Should().Be(name);
    }

    [Theory]
    [InlineData("svg", "a.svg")]
    [InlineData("svg", "a.png")]
    [InlineData("svg", "a")]
    [InlineData("html", "a.html")]
    [InlineData("html", "a.jpg")]
    [InlineData("text", "a.svg")]
    [InlineData("text", "a.HTM")]
    [InlineData("xhtml", "a.bin.dat")]
    [InlineData("latin1", "a.txt")]
    [InlineData("nul", "a.txt")]
    [InlineData("escape", "a.txt")]
    [InlineData("half", "a.txt")]
    [InlineData("noise", "a.pdf")]
    [InlineData("noise", "a.png")]
    [InlineData("msi", "a.doc")]
    [InlineData("cut", "a.zip")]
    [InlineData("bmp", "a.bmp")]
    [InlineData("gzip", "a.gz")]
    [InlineData("heic", "a.heic")]
    public async Task What_is_in_no_list_is_not_taken(string sample, string name)
    {
        (await _visitor.UploadAsync(Sample(sample), name)).ShouldBeRefused(415, "unsupported_type");
        (await _visitor.UploadAsync(Sample(sample), name, chunked: true)).ShouldBeRefused(415, "unsupported_type");
    }

    [Theory]
    [InlineData("photo.png.exe")]
    [InlineData("photo.EXE")]
    [InlineData("photo.exe. . ")]
    [InlineData("photo.exe...")]
    [InlineData("photo.exe\u200B")]
    [InlineData("photo.e\u00ADxe")]
    [InlineData("cod\u202Egpj.exe")]
    [InlineData("photo.exe::$DATA")]
    [InlineData("a:photo.js")]
    [InlineData("photo.lnk")]
    [InlineData("photo.url")]
    [InlineData("photo.desktop")]
    [InlineData("photo.js")]
    [InlineData("photo.vbs")]
    [InlineData("photo.ahk")]
    [InlineData("photo.au3")]
    [InlineData("photo.vsto")]
    [InlineData("photo.wsb")]
    [InlineData("photo.msrcincident")]
    [InlineData("photo.ps1")]
    [InlineData("photo.sh")]
    [InlineData("photo.bat")]
    [InlineData("photo.cmd")]
    [InlineData("photo.msi")]
    [InlineData("photo.dmg")]
    [InlineData("photo.iso")]
    [InlineData("photo.jar")]
    [InlineData("photo.apk")]
    [InlineData("photo.scr")]
    [InlineData("photo.hta")]
    [InlineData("folder/photo.exe")]
    public async Task What_runs_when_it_is_opened_is_never_taken_by_its_ending(string name)
    {
        await AllowEverythingAsync();

        (await _visitor.UploadAsync(FileSamples.Png(), name)).ShouldBeRefused(415, "unsupported_type");
    }

    [Theory]
    [InlineData("pe", "photo.png")]
    [InlineData("elf", "photo.png")]
    [InlineData("macho", "photo")]
    [InlineData("shebang", "notes.txt")]
    [InlineData("bomshebang", "notes.txt")]
    [InlineData("lnk", "photo.txt")]
    [InlineData("shortcut", "photo.txt")]
    [InlineData("jar", "photo.zip")]
    [InlineData("apk", "photo.zip")]
    [InlineData("prefixedjar", "photo.zip")]
    [InlineData("installer", "photo.doc")]
    [InlineData("dmg", "photo.dat")]
    [InlineData("cab", "photo.zip")]
    [InlineData("class", "photo.zip")]
    [InlineData("iso", "photo.zip")]
    public async Task Nor_by_its_bytes_whatever_the_owner_allows(string sample, string name)
    {
        await AllowEverythingAsync();

        (await _visitor.UploadAsync(Sample(sample), name)).ShouldBeRefused(415, "unsupported_type");
    }

    [Fact]
    public async Task The_owner_says_what_is_taken()
    {
        var mia = await _server.AdminAsync();
        await mia.RequestAsync(
            HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Attachments:Types"] = "image/*, Application/PDF" });

        (await _visitor.UploadAsync(Sample("bmp"), "a.bmp")).Status.Should().Be(201);
        (await _visitor.UploadAsync(Sample("svg"), "a.svg")).Status.Should().Be(201, "whoever allows all pictures allows this one");
        (await _visitor.UploadAsync(Sample("pdf"), "a.pdf")).Status.Should().Be(201);
        (await _visitor.UploadAsync(Sample("text"), "a.txt")).ShouldBeRefused(415, "unsupported_type");
        (await _visitor.UploadAsync(Sample("zip"), "a.zip")).ShouldBeRefused(415, "unsupported_type");
        (await mia.RequestAsync(HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Attachments:Types"] = "pictures" }))
            .ShouldBeRefused(400, "bad_request");
    }

    [Theory]
    [InlineData("photo.png", "photo.png")]
    [InlineData("/etc/photo.png", "photo.png")]
    [InlineData("C:\\Users\\me\\photo.png", "photo.png")]
    [InlineData("../../photo.png", "photo.png")]
    [InlineData("a\r\nb\t\u0000c\u202Ed.png", "abcd.png")]
    [InlineData("  photo.png  ", "photo.png")]
    [InlineData("", "file.png")]
    [InlineData(null, "file.png")]
    [InlineData(".", "file.png")]
    [InlineData("..", "file.png")]
    [InlineData("folder/", "file.png")]
    [InlineData("\u200B\u202E", "file.png")]
    [InlineData("Ünïcödé 写真 📷.png", "Ünïcödé 写真 📷.png")]
    [InlineData("a\"b;c=d%e?f#g&h.png", "a\"b;c=d%e?f#g&h.png")]
    public async Task A_name_is_one_line_without_folders(string? name, string kept)
    {
        var reply = await _visitor.UploadAsync(FileSamples.Png(), name);

        ((string)reply.Json!["name"]!).Should().Be(kept);
        var (status, bytes, response) = await _server.FetchAsync((string)reply.Json["url"]!);
        status.Should().Be(200);
        bytes.Should().Equal(FileSamples.Png());
        response.Content.Headers.ContentDisposition!.FileNameStar.Should().Be(kept);
    }

    [Fact]
    public async Task A_long_name_keeps_its_ending()
    {
        var reply = await _visitor.UploadAsync(FileSamples.Docx, string.Concat(Enumerable.Repeat("😀", 300)) + ".docx");

        var name = (string)reply.Json!["name"]!;
        name.EnumerateRunes().Should().HaveCount(200);
        name.Should().EndWith("😀.docx");
        ((string)reply.Json["type"]!).Should().EndWith("wordprocessingml.document");
    }

    [Theory]
    [InlineData("png", 640, 480)]
    [InlineData("gif", 640, 480)]
    [InlineData("jpeg", 640, 480)]
    [InlineData("webp", 640, 480)]
    [InlineData("avif", 640, 480)]
    [InlineData("avif turned", 480, 640)]
    [InlineData("jpeg 1", 640, 480)]
    [InlineData("jpeg 3", 640, 480)]
    [InlineData("jpeg 5", 480, 640)]
    [InlineData("jpeg 6", 480, 640)]
    [InlineData("jpeg 7", 480, 640)]
    [InlineData("jpeg 8", 480, 640)]
    [InlineData("png 6", 480, 640)]
    [InlineData("jpeg far", null, null)]
    [InlineData("jpeg cut", null, null)]
    [InlineData("png cut", null, null)]
    [InlineData("png empty", null, null)]
    public async Task A_picture_tells_its_size_as_it_is_shown(string picture, int? width, int? height)
    {
        var reply = await _visitor.UploadAsync(Picture(picture), "photo");

        reply.Status.Should().Be(201, reply.Text);
        ((int?)reply.Json!["width"]).Should().Be(width);
        ((int?)reply.Json["height"]).Should().Be(height);
    }

    private async Task AllowEverythingAsync() => (await (await _server.AdminAsync()).RequestAsync(
        HttpMethod.Patch, "/settings", new Dictionary<string, string> { ["Attachments:Types"] = "*/*" })).Status.Should().Be(200);

    private static byte[] Picture(string picture) => picture.Split(' ') switch
    {
        ["png"] => FileSamples.Png(640, 480),
        ["gif"] => FileSamples.Gif(640, 480),
        ["jpeg"] => FileSamples.Jpeg(640, 480),
        ["webp"] => FileSamples.Webp(640, 480),
        ["avif"] => FileSamples.Avif(640, 480),
        ["avif", "turned"] => FileSamples.Avif(640, 480, turned: true),
        ["jpeg", "far"] => FileSamples.Jpeg(640, 480, padding: 2),
        ["jpeg", "cut"] => FileSamples.Jpeg(640, 480)[..24],
        ["png", "cut"] => FileSamples.Png(640, 480)[..20],
        ["png", "empty"] => FileSamples.Png(0, 0),
        ["png", var orientation] => FileSamples.Png(640, 480, orientation[0] - '0'),
        [_, var orientation] => FileSamples.Jpeg(640, 480, orientation[0] - '0'),
        _ => throw new ArgumentException(picture),
    };

    private static byte[] Sample(string sample) => sample switch
    {
        "png" => FileSamples.Png(),
        "jpeg" => FileSamples.Jpeg(),
        "gif" => FileSamples.Gif(),
        "webp" => FileSamples.Webp(),
        "avif" => FileSamples.Avif(),
        "pdf" => FileSamples.Pdf,
        "text" => Encoding.UTF8.GetBytes("Größe;Preis\r\n\tgroß;12 €\n"),
        "utf16" => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("Größe;Preis\r\n")],
        "latin1" => Encoding.Latin1.GetBytes("Größe;Preis\r\n"),
        "nul" => Encoding.UTF8.GetBytes(new string('a', 70_000) + "\0"),
        "escape" => "a\u001Bb"u8.ToArray(),
        "half" => [.. "abc"u8, 0xE2, 0x82],
        "noise" => Noise(),
        "zip" => FileSamples.Zip(("readme.txt", "Hello!")),
        "docx" => FileSamples.Docx,
        "odt" => FileSamples.Odt,
        "doc" => FileSamples.Ole("WordDocument"),
        "xls" => FileSamples.Ole("Workbook"),
        "ppt" => FileSamples.Ole("PowerPoint Document"),
        "msi" => FileSamples.Ole("\u4840\u3F7F"),
        "installer" => Installer(),
        "dmg" => [.. Noise(), .. Noise(), .. "koly"u8, .. new byte[508]],
        "cut" => FileSamples.Zip(("readme.txt", "Hello!"))[..40],
        "mp3" => [.. "ID3"u8, 4, 0, 0, 0, 0, 0, 0, 0xFF, 0xFB, 0x90, 0],
        "mp4" => [.. FileSamples.Box("ftyp", [.. "isom"u8, 0, 0, 2, 0, .. "isomiso2"u8]), 0, 0, 0, 0],
        "mov" => FileSamples.Box("ftyp", [.. "qt  "u8, 0, 0, 2, 0, .. "qt  "u8]),
        "heic" => FileSamples.Box("ftyp", [.. "heic"u8, 0, 0, 0, 0, .. "mif1heic"u8]),
        "ogg" => [.. "OggS"u8, 0, 2, 0, 0, 0, 0],
        "wav" => [.. "RIFF"u8, 4, 0, 0, 0, .. "WAVEfmt "u8, 16, 0, 0, 0],
        "webm" => [0x1A, 0x45, 0xDF, 0xA3, 0x9F, 0x42, 0x82, 0x84, .. "webm"u8],
        "flac" => [.. "fLaC"u8, 0, 0, 0, 34],
        "aac" => [0xFF, 0xF1, 0x50, 0x80, 0x02, 0x1F, 0xFC],
        "bmp" => [.. "BM"u8, 0x3A, 0, 0, 0, 0, 0, 0, 0, 0x36, 0, 0, 0],
        "gzip" => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0],
        "svg" => "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"u8.ToArray(),
        "html" => "\n<!DOCTYPE html><script>alert(1)</script>"u8.ToArray(),
        "xhtml" => "<?xml version=\"1.0\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\"/>"u8.ToArray(),
        "pe" => [.. "MZ"u8, 0x90, 0, 3, 0, 0, 0, .. new byte[60], .. "PE\0\0"u8],
        "elf" => [0x7F, .. "ELF"u8, 2, 1, 1, 0],
        "macho" => [0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1],
        "shebang" => "#!/bin/sh\nrm -rf /\n"u8.ToArray(),
        "bomshebang" => [0xEF, 0xBB, 0xBF, .. "#!/bin/sh\n"u8],
        "lnk" => [0x4C, 0, 0, 0, 1, 0x14, 2, 0, 0, 0],
        "shortcut" => "[InternetShortcut]\r\nURL=file://evil/\r\n"u8.ToArray(),
        "jar" => FileSamples.Zip(("META-INF/MANIFEST.MF", "Main-Class: A"), ("A.class", "x")),
        "prefixedjar" => [.. "PK\u0003\u0004"u8, .. new byte[100], .. FileSamples.Zip(("Meta-inf/manifest.mf", "Main-Class: A"))],
        "apk" => FileSamples.Zip(("a.txt", "x"), ("AndroidManifest.xml", "x")),
        "cab" => [.. "MSCF"u8, 0, 0, 0, 0, 1, 2, 3],
        "class" => [0xCA, 0xFE, 0xBA, 0xBE, 0, 0, 0, 52],
        "iso" => [.. new byte[0x8001], .. "CD001"u8, 1, 0],
        _ => throw new ArgumentException(sample),
    };

    private static byte[] Installer()
    {
        var file = FileSamples.Ole("\u4840\u3F7F");
        byte[] name = [0x84, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];
        name.CopyTo(file, (512 * 2) + 80);
        return file;
    }

    private static byte[] Noise()
    {
        var noise = new byte[500];
        new Random(7).NextBytes(noise);
        return noise;
    }
}
