/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "media/hls/tyto-hls-playlist.h"

#include <string.h>

static TytoHlsPlaylist *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *exact = g_memdup2 (text, strlen (text)); /* no NUL behind it */
  TytoHlsPlaylist *playlist = tyto_hls_playlist_parse (exact, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_nonnull (playlist);
  return playlist;
}

static const TytoHlsEntry *
entry_at (const TytoHlsPlaylist *playlist, guint i)
{
  g_assert_cmpuint (i, <, playlist->entries->len);
  return g_ptr_array_index (playlist->entries, i);
}

static const TytoHlsVariant *
variant_at (const TytoHlsPlaylist *playlist, guint i)
{
  g_assert_cmpuint (i, <, playlist->variants->len);
  return g_ptr_array_index (playlist->variants, i);
}

/* As ffmpeg and hlssink2 write them. */
static void
test_live (void)
{
  g_autoptr (TytoHlsPlaylist) playlist = parse ("#EXTM3U\n"
                                                "#EXT-X-VERSION:3\n"
                                                "#EXT-X-ALLOW-CACHE:NO\n"
                                                "#EXT-X-MEDIA-SEQUENCE:2680\n"
                                                "#EXT-X-TARGETDURATION:8\n"
                                                "\n"
                                                "#EXTINF:7.975,\n"
                                                "segment2680.ts\n"
                                                "#EXTINF:7.9416669,Title, with comma\n"
                                                "https://priv.example.com/segment2681.ts?a=b,c\n"
                                                "# a comment\n"
                                                "#EXTINF:8\r\n"
                                                "segment 2682.ts \r\n");

  g_assert_cmpuint (playlist->variants->len, ==, 0);
  g_assert_null (tyto_hls_playlist_best (playlist));
  g_assert_cmpint (playlist->first_sequence, ==, 2680);
  g_assert_cmpint (playlist->target_us, ==, 8000000);
  g_assert_false (playlist->ended);
  g_assert_cmpuint (playlist->skipped, ==, 0);
  g_assert_cmpuint (playlist->entries->len, ==, 3);
  g_assert_cmpstr (entry_at (playlist, 0)->uri, ==, "segment2680.ts");
  g_assert_cmpint (entry_at (playlist, 0)->sequence, ==, 2680);
  g_assert_cmpint (entry_at (playlist, 0)->duration_us, ==, 7975000);
  g_assert_cmpint (entry_at (playlist, 0)->offset, ==, 0);
  g_assert_cmpint (entry_at (playlist, 0)->length, ==, -1);
  g_assert_cmpint (entry_at (playlist, 0)->time_us, ==, -1);
  g_assert_null (entry_at (playlist, 0)->map);
  g_assert_cmpstr (entry_at (playlist, 1)->uri, ==, //
                   "https://priv.example.com/segment2681.ts?a=b,c");
  g_assert_cmpint (entry_at (playlist, 1)->duration_us, ==, 7941666);
  g_assert_cmpint (entry_at (playlist, 2)->duration_us, ==, 8000000);
  g_assert_cmpint (entry_at (playlist, 2)->sequence, ==, 2682);
  g_assert_cmpstr (entry_at (playlist, 2)->uri, ==, "segment 2682.ts");
}

static void
test_marks (void)
{
  g_autoptr (TytoHlsPlaylist) playlist
      = parse ("\xef\xbb\xbf#EXTM3U \r\n"
               "#EXT-X-TARGETDURATION:4\r\n"
               "#EXT-X-DISCONTINUITY-SEQUENCE:9\r\n"
               "#EXT-X-DISCONTINUITY\r\n"
               "#EXT-X-PROGRAM-DATE-TIME:2010-02-19T14:54:23.031+08:00\r\n"
               "#EXTINF:4.0,\r\na.ts\r\n"
               "#EXT-X-GAP\r\n"
               "#EXT-X-PROGRAM-DATE-TIME:2010-02-19T06:54:27.031+0000\r\n"
               "#EXTINF:4.0,\r\nb.ts\r\n"
               "#EXT-X-PROGRAM-DATE-TIME:2010-02-19T06:54:31Z\r\n"
               "#EXTINF:4.0,\r\nc.ts\r\n"
               "#EXT-X-KEY:METHOD=SAMPLE-AES,URI=\"skd://x,METHOD=NONE\"\r\n"
               "#EXTINF:4.0,\r\nd.ts\r\n"
               "#EXTINF:4.0,\r\ne.ts\r\n"
               "#EXT-X-KEY:METHOD=NONE\r\n"
               "#EXTINF:4.0,\r\nf.ts\r\n"
               "#EXT-X-ENDLIST");
  const gint64 start = G_GINT64_CONSTANT (1266562463031000);

  g_assert_cmpuint (playlist->skipped, ==, 0);
  g_assert_true (playlist->ended);
  g_assert_cmpuint (playlist->entries->len, ==, 6);
  g_assert_cmpint (playlist->first_sequence, ==, 0);
  for (guint i = 0; i < 6; i++) {
    const TytoHlsEntry *entry = entry_at (playlist, i);

    g_assert_cmpint (entry->sequence, ==, i);
    g_assert_cmpint (entry->discontinuity, ==, i == 0);
    g_assert_cmpint (entry->gap, ==, i == 1);
    g_assert_cmpint (entry->encrypted, ==, i == 3 || i == 4);
  }
  g_assert_cmpint (entry_at (playlist, 0)->time_us, ==, start);
  g_assert_cmpint (entry_at (playlist, 1)->time_us, ==, start + 4000000);
  g_assert_cmpint (entry_at (playlist, 2)->time_us, ==, start + 7969000);
  g_assert_cmpint (entry_at (playlist, 3)->time_us, ==, -1);
}

static void
test_ranges (void)
{
  static const struct {
    gint64 offset;
    gint64 length;
    const char *map;
    gint64 map_offset;
    gint64 map_length;
  } expected[] = {
    { 720, 1000, "main.mp4", 0, 720 },
    { 1720, 2000, "main.mp4", 0, 720 },
    { 0, 500, "main.mp4", 0, 720 },
    { 500, 100, "i2.mp4", 5, 10 },
    { 0, -1, "i3.mp4", 0, -1 },
    { 0, 7, "i3.mp4", 0, -1 },
    { 9, G_MAXINT64 - 9, "i3.mp4", 0, -1 },
  };
  g_autoptr (TytoHlsPlaylist) playlist
      = parse ("#EXTM3U\n"
               "#EXT-X-MAP:URI=\"main.mp4\",BYTERANGE=\"720@0\"\n"
               "#EXTINF:1,\n#EXT-X-BYTERANGE:1000@720\nmain.mp4\n"
               "#EXT-X-BYTERANGE:2000\n#EXTINF:1,\nmain.mp4\n"
               "#EXTINF:1,\n#EXT-X-BYTERANGE:500\nother.mp4\n"
               "#EXT-X-MAP:BYTERANGE=\"10@5\",URI=\"i2.mp4\"\n"
               "#EXTINF:1,\n#EXT-X-BYTERANGE:100\nother.mp4\n"
               "#EXT-X-MAP:URI=\"i3.mp4\"\n"
               "#EXTINF:1,\nwhole.m4s\n"
               "#EXTINF:1,\n#EXT-X-BYTERANGE:7\nwhole.m4s\n"
               "#EXTINF:1,\n#EXT-X-BYTERANGE:9223372036854775798@9\nlarge.m4s\n");

  g_assert_cmpuint (playlist->skipped, ==, 0);
  g_assert_cmpuint (playlist->entries->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    const TytoHlsEntry *entry = entry_at (playlist, i);

    g_assert_cmpint (entry->offset, ==, expected[i].offset);
    g_assert_cmpint (entry->length, ==, expected[i].length);
    g_assert_cmpstr (entry->map, ==, expected[i].map);
    g_assert_cmpint (entry->map_offset, ==, expected[i].map_offset);
    g_assert_cmpint (entry->map_length, ==, expected[i].map_length);
  }
}

/* Low-latency parts are passed over; what a delta update leaves out counts. */
static void
test_low_latency (void)
{
  g_autoptr (TytoHlsPlaylist) playlist
      = parse ("#EXTM3U\n"
               "#EXT-X-TARGETDURATION:4\n"
               "#EXT-X-PART-INF:PART-TARGET=0.33\n"
               "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0\n"
               "#EXT-X-MEDIA-SEQUENCE:266\n"
               "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"
               "#EXT-X-PART:DURATION=0.33,URI=\"filePart270.a.mp4\"\n"
               "#EXTINF:4.00008,\nfileSequence269.mp4\n"
               "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"filePart273.4.mp4\"\n"
               "#EXT-X-RENDITION-REPORT:URI=\"../1M/waitForMSN.php\",LAST-MSN=273\n");

  g_assert_cmpuint (playlist->entries->len, ==, 1);
  g_assert_cmpint (playlist->first_sequence, ==, 266);
  g_assert_cmpint (entry_at (playlist, 0)->sequence, ==, 269);
}

/* Each wrong line costs itself; the numbers of the segments stay right. */
static void
test_wrong_lines (void)
{
  g_autofree char *long_name = g_strnfill (8193, 'x');
  g_autofree char *text
      = g_strdup_printf ("#EXTM3U\n"
                         "#EXT-X-MEDIA-SEQUENCE:18446744073709551616\n" /* 1 */
                         "#EXT-X-MEDIA-SEQUENCE:-5\n"                   /* 2 */
                         "#EXT-X-MEDIA-SEQUENCE:10\n"
                         "#EXTINF:abc,\na.ts\n"        /* 3 */
                         "#EXTINF:-4,\nb.ts\n"         /* 4 */
                         "#EXT-X-MEDIA-SEQUENCE:100\n" /* 5 */
                         "#EXT-X-DISCONTINUITY\n"
                         "#EXTINF:4,\n%s\n" /* 6: sequence 12 */
                         "#EXTINF:4,\nc.ts\n"
                         "#EXTINF:4,\n\xff.ts\n"                           /* 7: sequence 14 */
                         "#EXTINF:99999999999999999999,\nd.ts\n"           /* 8 */
                         "#EXT-X-BYTERANGE:0@7\n"                          /* 9 */
                         "#EXT-X-BYTERANGE:1@\n"                           /* 10 */
                         "#EXT-X-MAP:URI=,BYTERANGE=\n"                    /* 11 */
                         "#EXT-X-PROGRAM-DATE-TIME:yesterday\n"            /* 12 */
                         "#EXT-X-PROGRAM-DATE-TIME:1969-12-31T23:59:59Z\n" /* 13 */
                         "#EXTINF:.5,\ne.ts\n"
                         "no-info.ts\n"
                         "#EXTINF:4,\x01\n" /* 14 */
                         "#EXT-X-KEY\n"     /* 15 */
                         "f.ts\n",
                         long_name);
  g_autoptr (TytoHlsPlaylist) playlist = parse (text);
  static const struct {
    const char *uri;
    gint64 sequence;
    gint64 duration_us;
    gboolean discontinuity;
    gboolean encrypted;
  } expected[] = {
    { "a.ts", 10, -1 },
    { "b.ts", 11, -1 },
    { "c.ts", 13, 4000000, TRUE },
    { "d.ts", 15, -1 },
    { "e.ts", 16, 500000 },
    { "no-info.ts", 17, -1 },
    { "f.ts", 18, -1, FALSE, TRUE },
  };

  g_assert_cmpuint (playlist->skipped, ==, 15);
  g_assert_cmpint (playlist->first_sequence, ==, 10);
  g_assert_cmpuint (playlist->entries->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    const TytoHlsEntry *entry = entry_at (playlist, i);

    g_assert_cmpstr (entry->uri, ==, expected[i].uri);
    g_assert_cmpint (entry->sequence, ==, expected[i].sequence);
    g_assert_cmpint (entry->duration_us, ==, expected[i].duration_us);
    g_assert_cmpint (entry->discontinuity, ==, expected[i].discontinuity);
    g_assert_cmpint (entry->encrypted, ==, expected[i].encrypted);
    g_assert_cmpint (entry->length, ==, -1);
    g_assert_cmpint (entry->time_us, ==, -1);
  }
}

/* Read while it is written, a playlist never names what is not there. */
static void
test_cut (void)
{
  const char *whole = "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:3\n#EXTINF:4,\nlive_3.ts\n#EXTINF:4,\n"
                      "live_4.ts\n#EXT-X-ENDLIST\n";
  gsize head = strlen ("#EXTM3U");

  for (gsize cut = head; cut <= strlen (whole); cut++) {
    g_autofree char *part = g_strndup (whole, cut);
    g_autoptr (TytoHlsPlaylist) playlist = parse (part);
    guint newlines = 0;

    for (gsize i = 0; i < cut; i++)
      newlines += part[i] == '\n' ? 1 : 0;
    g_assert_cmpuint (playlist->entries->len, ==, newlines >= 6 ? 2 : newlines >= 4 ? 1 : 0);
    if (playlist->entries->len > 0) {
      g_assert_cmpstr (entry_at (playlist, 0)->uri, ==, "live_3.ts");
      g_assert_cmpint (entry_at (playlist, 0)->sequence, ==, 3);
    }
    g_assert_cmpint (playlist->ended, ==, cut >= strlen (whole) - 1);
  }
}

static void
test_multivariant (void)
{
  g_autoptr (TytoHlsPlaylist) playlist
      = parse ("#EXTM3U\n"
               "#EXT-X-INDEPENDENT-SEGMENTS\n"
               "#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH=900000,BANDWIDTH=1280000,AUDIO=\"aac\","
               "CODECS=\"avc1.42c01e,mp4a.40.2\",RESOLUTION=640x360\n"
               "low/video.m3u8\n"
               "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"Deutsch\",AUTOSELECT=YES,"
               "URI=\"de.m3u8\"\n"
               "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"English, UK\",DEFAULT=YES,"
               "AUTOSELECT=YES,URI=\"en.m3u8\"\n"
               "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"Français\",DEFAULT=YES,"
               "URI=\"fr.m3u8\"\n"
               "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"muxed\",NAME=\"x\",DEFAULT=YES\n"
               "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"muxed\",NAME=\"y\",URI=\"y.m3u8\"\n"
               "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=\"x\",URI=\"s.m3u8\"\n"
               "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=86000,URI=\"low/iframe.m3u8\"\n"
               "#EXT-X-STREAM-INF:BANDWIDTH=7680000,AUDIO=\"muxed\",RESOLUTION=1280x720\n"
               "hi.m3u8\n"
               "#EXT-X-STREAM-INF:BANDWIDTH=7680000,RESOLUTION=1920x1080,SUBTITLES=\"subs\"\n"
               "full.m3u8\n"
               "#EXT-X-STREAM-INF:BANDWIDTH=65000,CODECS=\"mp4a.40.5\",AUDIO=\"none\"\n"
               "#EXT-X-STREAM-INF:BANDWIDTH=99000000,CODECS=\"zzzz.1,mp4a.40.5\",AUDIO=\"aac\"\n"
               "en.m3u8");

  g_assert_cmpuint (playlist->skipped, ==, 0);
  g_assert_cmpuint (playlist->entries->len, ==, 0);
  g_assert_cmpuint (playlist->variants->len, ==, 4);
  g_assert_cmpstr (variant_at (playlist, 0)->uri, ==, "low/video.m3u8");
  g_assert_cmpuint (variant_at (playlist, 0)->bandwidth, ==, 1280000);
  g_assert_cmpuint (variant_at (playlist, 0)->width, ==, 640);
  g_assert_cmpuint (variant_at (playlist, 0)->height, ==, 360);
  g_assert_cmpstr (variant_at (playlist, 0)->codecs, ==, "avc1.42c01e,mp4a.40.2");
  g_assert_cmpstr (variant_at (playlist, 0)->audio_uri, ==, "en.m3u8");
  g_assert_cmpstr (variant_at (playlist, 1)->codecs, ==, "");
  g_assert_null (variant_at (playlist, 1)->audio_uri);
  g_assert_null (variant_at (playlist, 2)->audio_uri);
  g_assert_null (variant_at (playlist, 3)->audio_uri); /* it is the stream itself */
  g_assert_true (tyto_hls_playlist_best (playlist) == variant_at (playlist, 2));
}

/* What cannot be joined is taken when there is nothing else. */
static void
test_unknown_codecs (void)
{
  g_autoptr (TytoHlsPlaylist) playlist
      = parse ("#EXTM3U\n"
               "#EXT-X-STREAM-INF:CODECS=\"zzzz\"\na\n"
               "#EXT-X-STREAM-INF:BANDWIDTH=5,CODECS=\"avc1x\"\nb\n");

  g_assert_cmpuint (playlist->skipped, ==, 1);
  g_assert_true (tyto_hls_playlist_best (playlist) == variant_at (playlist, 1));
}

static void
test_refused (void)
{
  static const char *const texts[] = {
    "",
    "EXTM3U\n",
    "#EXTM3",
    "#EXTM3U8\n",
    "\n#EXTM3U\n",
    "<html>404</html>",
    "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n#EXTINF:1,\nb\n",
    "#EXTM3U\n#EXTINF:1,\nb\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n",
  };
  const gsize large = (4 << 20) + 1;
  g_autofree char *text = g_malloc (large);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_assert_null (tyto_hls_playlist_parse (texts[i], strlen (texts[i]), &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_clear_error (&error);
  }
  memset (text, '\n', large);
  memcpy (text, "#EXTM3U\n", 8);
  g_assert_null (tyto_hls_playlist_parse (text, large, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_null (tyto_hls_playlist_parse (text, 300000, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

static void
test_resolve (void)
{
  static const struct {
    const char *base;
    const char *uri;
    const char *resolved; /* NULL: refused */
  } cases[] = {
    { "http://h/a/live.m3u8", "seg.ts", "http://h/a/seg.ts" },
    { "http://h/a/live.m3u8?token=1", "seg.ts?x=%2F&y=a+b", "http://h/a/seg.ts?x=%2F&y=a+b" },
    { "http://h/a/b/live.m3u8", "../seg.ts#t", "http://h/a/seg.ts" },
    { "http://h/a/live.m3u8", "../../../seg.ts", "http://h/seg.ts" },
    { "http://h:8080/a/live.m3u8", "/x/seg.ts", "http://h:8080/x/seg.ts" },
    { "https://h/a/live.m3u8", "//cdn.example/seg.ts", "https://cdn.example/seg.ts" },
    { "https://h/a/live.m3u8", "HTTP://Cdn.example/seg.ts", "http://Cdn.example/seg.ts" },
    { "https://u:p%40@h/a/live.m3u8", "seg.ts", "https://u:p%40@h/a/seg.ts" },
    { "http://h/a/live.m3u8", "a b.ts", "http://h/a/a%20b.ts" },
    { "http://h/a/live.m3u8", "a%20b%2Fc.ts", "http://h/a/a%20b%2Fc.ts" },
    { "http://[::1]:81/live.m3u8", "é.ts", "http://[::1]:81/%C3%A9.ts" },
    { "http://h", "seg.ts", "http://h/seg.ts" },
    { "http://h/a/live.m3u8", "?n=2", "http://h/a/live.m3u8?n=2" },
    { "http://h/a/live.m3u8", "file:///etc/passwd", NULL },
    { "http://h/a/live.m3u8", "data:,x", NULL },
    { "http://h/a/live.m3u8", "http:///x", NULL },
    { "http://h/a/live.m3u8", "http://h:99999/x", NULL },
    { "http://h/a/live.m3u8", "ftp://h/x", NULL },
    { "file:///a/live.m3u8", "seg.ts", NULL },
    { "live.m3u8", "seg.ts", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *resolved = tyto_hls_resolve (cases[i].base, cases[i].uri, &error);

    g_assert_cmpstr (resolved, ==, cases[i].resolved);
    if (resolved == NULL)
      g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hls/playlist/live", test_live);
  g_test_add_func ("/hls/playlist/marks", test_marks);
  g_test_add_func ("/hls/playlist/ranges", test_ranges);
  g_test_add_func ("/hls/playlist/low-latency", test_low_latency);
  g_test_add_func ("/hls/playlist/wrong-lines", test_wrong_lines);
  g_test_add_func ("/hls/playlist/cut", test_cut);
  g_test_add_func ("/hls/playlist/multivariant", test_multivariant);
  g_test_add_func ("/hls/playlist/unknown-codecs", test_unknown_codecs);
  g_test_add_func ("/hls/playlist/refused", test_refused);
  g_test_add_func ("/hls/playlist/resolve", test_resolve);
  return g_test_run ();
}
