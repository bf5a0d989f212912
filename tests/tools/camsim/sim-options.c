/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-options.h"

#include <string.h>

#define MAX_CAMERAS 2000

/* Values as GOption leaves them, before they are judged. */
typedef struct {
  int cameras, port, session_timeout, nonce_lifetime, queue_kib, report_ms;
  int bitrate, sub_bitrate, width, height, sub_width, sub_height, bframes;
  double fps;
  char *gop, *codec, *audio, *auth, *digest, *start, *auth_scope;
  char *address, *cache_dir, *control_path, *sent_log, *user, *password_file;
  char **overrides;
  gboolean enforce_timeout, rtcp_keeps_alive, digest_qop, spread;
} Raw;

static const char description[]
    = "Streams are rtsp://ADDRESS:PORT/cam1, /cam1/sub, /cam2 and so on; the line\n"
      "\"READY rtsp://ADDRESS:PORT\" on standard output says that they can be asked for.\n"
      "\n"
      "Examples:\n"
      "  camsim --cameras 4 --port 8554\n"
      "  camsim --codec h265 --audio aac --gop 4 --control /tmp/camsim.sock\n"
      "  camsim --cameras 2 --camera 2:codec=h265,audio=pcmu,fps=15\n"
      "  camsim --auth digest --user viewer --password-file FILE\n"
      "  camsim --session-timeout 4 --enforce-timeout\n"
      "\n"
      "Commands on the control socket, a line each, answered by a line of JSON:\n"
      "  echo 'stats 1' | socat - UNIX:/tmp/camsim.sock\n"
      "  ('help' lists them)\n";

static void
raw_clear (Raw *raw)
{
  g_strfreev (raw->overrides);
  g_free (raw->gop);
  g_free (raw->codec);
  g_free (raw->audio);
  g_free (raw->auth);
  g_free (raw->digest);
  g_free (raw->start);
  g_free (raw->auth_scope);
  g_free (raw->address);
  g_free (raw->cache_dir);
  g_free (raw->control_path);
  g_free (raw->sent_log);
  g_free (raw->user);
  g_free (raw->password_file);
}

static gboolean
fail (GError **error, const char *name, const char *value)
{
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s: cannot use “%s”", name, value);
  return FALSE;
}

/* Finds @text in the words of @choices; -1 when it is none of them. */
static int
choose (const char *text, const char *const *choices)
{
  for (int i = 0; choices[i] != NULL; i++)
    if (g_strcmp0 (text, choices[i]) == 0)
      return i;
  return -1;
}

static gboolean
set_codec (SimCameraConfig *config, const char *text)
{
  static const char *const codecs[] = { "h264", "h265", NULL };
  int codec = choose (text, codecs);

  if (codec >= 0)
    config->video[0].codec = config->video[1].codec = codec;
  return codec >= 0;
}

static gboolean
set_audio (SimCameraConfig *config, const char *text)
{
  static const char *const audios[] = { "none", "aac", "pcmu", "pcma", "opus", NULL };
  int audio = choose (text, audios);

  if (audio >= 0)
    config->audio = audio;
  return audio >= 0;
}

static gboolean
parse_uint (const char *text, guint min, guint max, guint *out)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, min, max, &value, NULL))
    return FALSE;
  *out = value;
  return TRUE;
}

static gboolean
set_both (SimCameraConfig *config, const char *key, const char *value)
{
  char *end;

  if (g_str_equal (key, "bframes"))
    return parse_uint (value, 0, 4, &config->video[0].bframes)
           && parse_uint (value, 0, 4, &config->video[1].bframes);
  if (g_str_equal (key, "fps")) {
    gdouble fps = g_ascii_strtod (value, &end);

    config->video[0].fps_milli = config->video[1].fps_milli = fps * 1000 + 0.5;
    return *end == '\0' && fps >= 1 && fps <= 120;
  }
  if (g_str_equal (key, "gop")) {
    gdouble gop = g_str_equal (value, "endless") ? -1 : g_ascii_strtod (value, &end);

    config->video[0].gop = config->video[1].gop = gop;
    return gop == -1 || (*end == '\0' && gop > 0 && gop <= 3600);
  }
  return FALSE;
}

static gboolean
set_key (SimCameraConfig *config, const char *key, const char *value)
{
  SimStreamKind kind = g_str_has_prefix (key, "sub-") ? SIM_STREAM_SUB : SIM_STREAM_MAIN;
  SimVideoConfig *video = &config->video[kind];
  const char *name = kind == SIM_STREAM_SUB ? key + 4 : key;

  if (g_str_equal (key, "codec"))
    return set_codec (config, value);
  if (g_str_equal (key, "audio"))
    return set_audio (config, value);
  if (g_str_equal (name, "bitrate"))
    return parse_uint (value, 16, 100000, &video->bitrate);
  if (g_str_equal (name, "width"))
    return parse_uint (value, 64, 4096, &video->width) && video->width % 2 == 0;
  if (g_str_equal (name, "height"))
    return parse_uint (value, 64, 2304, &video->height) && video->height % 2 == 0;
  return set_both (config, key, value);
}

gboolean
sim_options_override (SimCameraConfig *config, const char *text, GError **error)
{
  g_auto (GStrv) pairs = g_strsplit (text, ",", -1);

  for (guint i = 0; pairs[i] != NULL; i++) {
    char *equals = strchr (pairs[i], '=');

    if (equals == NULL)
      return fail (error, "--camera", pairs[i]);
    *equals = '\0';
    if (!set_key (config, pairs[i], equals + 1))
      return fail (error, pairs[i], equals + 1);
  }
  if (config->video[0].bframes > 0 && (config->video[0].gop < 0 || config->video[0].gop > 10))
    return fail (error, "bframes", "with a GOP of more than 10 s");
  return TRUE;
}

/* Judges the options that hold for all cameras, by the same words as --camera. */
static gboolean
make_default_camera (const Raw *raw, SimCameraConfig *config, GError **error)
{
  char fps[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *text = g_strdup_printf (
      "codec=%s,audio=%s,fps=%s,gop=%s,bitrate=%d,width=%d,height=%d,sub-bitrate=%d,"
      "sub-width=%d,sub-height=%d,bframes=%d",
      raw->codec, raw->audio, g_ascii_dtostr (fps, sizeof fps, raw->fps), raw->gop, raw->bitrate,
      raw->width, raw->height, raw->sub_bitrate, raw->sub_width, raw->sub_height, raw->bframes);

  return sim_options_override (config, text, error);
}

static gboolean
make_cameras (SimOptions *self, const Raw *raw, GError **error)
{
  SimCameraConfig config = { 0 };

  if (raw->cameras < 1 || raw->cameras > MAX_CAMERAS)
    return fail (error, "--cameras", "a number out of range");
  if (!make_default_camera (raw, &config, error))
    return FALSE;
  for (int i = 0; i < raw->cameras; i++)
    g_array_append_val (self->cameras, config);
  for (guint i = 0; raw->overrides != NULL && raw->overrides[i] != NULL; i++) {
    char *end;
    guint64 id = g_ascii_strtoull (raw->overrides[i], &end, 10);

    if (*end != ':' || id < 1 || id > self->cameras->len)
      return fail (error, "--camera", raw->overrides[i]);
    if (!sim_options_override (&g_array_index (self->cameras, SimCameraConfig, id - 1), end + 1,
                               error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
make_auth (SimAuth *auth, Raw *raw, GError **error)
{
  static const char *const modes[] = { "none", "basic", "digest", NULL };
  static const char *const algorithms[] = { "md5", "sha-256", NULL };
  static const char *const scopes[] = { "all", "describe", NULL };
  int mode = choose (raw->auth, modes);
  int algorithm = choose (raw->digest, algorithms);
  int scope = choose (raw->auth_scope, scopes);

  if (mode < 0)
    return fail (error, "--auth", raw->auth);
  if (algorithm < 0)
    return fail (error, "--digest-algorithm", raw->digest);
  if (scope < 0)
    return fail (error, "--auth-scope", raw->auth_scope);
  auth->mode = mode;
  auth->sha256 = algorithm == 1;
  auth->describe_only = scope == 1;
  auth->qop = raw->digest_qop;
  auth->nonce_lifetime = MAX (raw->nonce_lifetime, 0);
  auth->user = g_steal_pointer (&raw->user);
  if (raw->password_file != NULL) {
    if (!g_file_get_contents (raw->password_file, &auth->password, NULL, error))
      return FALSE;
    g_strchomp (auth->password);
  }
  if (mode != SIM_AUTH_NONE && (auth->user == NULL || auth->password == NULL))
    return fail (error, "--auth", "without --user and --password-file");
  return TRUE;
}

static gboolean
make_policy (SimOptions *self, Raw *raw, GError **error)
{
  if (g_strcmp0 (raw->start, "now") != 0 && g_strcmp0 (raw->start, "keyframe") != 0)
    return fail (error, "--start", raw->start);
  if (raw->session_timeout < 1 || raw->port < 0 || raw->port > 65535 || raw->queue_kib < 1
      || raw->report_ms < 100)
    return fail (error, "options", "a number out of range");
  self->port = raw->port;
  self->policy.start_at_key = g_str_equal (raw->start, "keyframe");
  self->policy.session_timeout = raw->session_timeout;
  self->policy.enforce_timeout = raw->enforce_timeout;
  self->policy.rtcp_keeps_alive = raw->rtcp_keeps_alive;
  self->policy.queue_limit = (gsize) raw->queue_kib * 1024;
  self->policy.report_interval = raw->report_ms;
  self->address = g_steal_pointer (&raw->address);
  self->cache_dir = g_steal_pointer (&raw->cache_dir);
  self->control_path = g_steal_pointer (&raw->control_path);
  self->sent_log = g_steal_pointer (&raw->sent_log);
  self->spread = raw->spread;
  return make_auth (&self->policy.auth, raw, error);
}

static gboolean
parse_raw (Raw *raw, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "address", 0, 0, G_OPTION_ARG_STRING, &raw->address, "Listen here (127.0.0.1)", "IP" },
    { "port", 0, 0, G_OPTION_ARG_INT, &raw->port, "Listen on this port (0: any)", "PORT" },
    { "cameras", 0, 0, G_OPTION_ARG_INT, &raw->cameras, "Number of cameras (2)", "N" },
    { "codec", 0, 0, G_OPTION_ARG_STRING, &raw->codec, "h264 (default) or h265", "CODEC" },
    { "audio", 0, 0, G_OPTION_ARG_STRING, &raw->audio, "none, aac, pcmu, pcma or opus", "CODEC" },
    { "fps", 0, 0, G_OPTION_ARG_DOUBLE, &raw->fps, "Frames a second (25)", "FPS" },
    { "gop", 0, 0, G_OPTION_ARG_STRING, &raw->gop, "Key frame distance (2) or 'endless'", "S" },
    { "bframes", 0, 0, G_OPTION_ARG_INT, &raw->bframes, "B frames in a row (0)", "N" },
    { "bitrate", 0, 0, G_OPTION_ARG_INT, &raw->bitrate, "Main stream (4000)", "KBIT/S" },
    { "sub-bitrate", 0, 0, G_OPTION_ARG_INT, &raw->sub_bitrate, "Sub-stream (500)", "KBIT/S" },
    { "width", 0, 0, G_OPTION_ARG_INT, &raw->width, "Main stream (1920)", "PIXELS" },
    { "height", 0, 0, G_OPTION_ARG_INT, &raw->height, "Main stream (1080)", "PIXELS" },
    { "sub-width", 0, 0, G_OPTION_ARG_INT, &raw->sub_width, "Sub-stream (640)", "PIXELS" },
    { "sub-height", 0, 0, G_OPTION_ARG_INT, &raw->sub_height, "Sub-stream (360)", "PIXELS" },
    { "camera", 0, 0, G_OPTION_ARG_STRING_ARRAY, &raw->overrides, "One camera is different",
      "K:KEY=VALUE,…" },
    { "auth", 0, 0, G_OPTION_ARG_STRING, &raw->auth, "none (default), basic or digest", "MODE" },
    { "auth-scope", 0, 0, G_OPTION_ARG_STRING, &raw->auth_scope,
      "all requests (default) or 'describe', SETUP and PLAY only", "SCOPE" },
    { "user", 0, 0, G_OPTION_ARG_STRING, &raw->user, "User name", "NAME" },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &raw->password_file, "Password", "FILE" },
    { "digest-algorithm", 0, 0, G_OPTION_ARG_STRING, &raw->digest, "md5 (default) or sha-256",
      "NAME" },
    { "digest-qop", 0, 0, G_OPTION_ARG_NONE, &raw->digest_qop, "Offer qop=auth", NULL },
    { "nonce-lifetime", 0, 0, G_OPTION_ARG_INT, &raw->nonce_lifetime, "Then stale (0: never)",
      "S" },
    { "session-timeout", 0, 0, G_OPTION_ARG_INT, &raw->session_timeout, "Told to clients (60)",
      "S" },
    { "enforce-timeout", 0, 0, G_OPTION_ARG_NONE, &raw->enforce_timeout,
      "Drop sessions that sent no request for so long", NULL },
    { "rtcp-keeps-alive", 0, 0, G_OPTION_ARG_NONE, &raw->rtcp_keeps_alive,
      "Receiver reports count too", NULL },
    { "start", 0, 0, G_OPTION_ARG_STRING, &raw->start, "now (default) or keyframe", "WHEN" },
    { "queue", 0, 0, G_OPTION_ARG_INT, &raw->queue_kib, "For a slow reader (4096)", "KIB" },
    { "report-interval", 0, 0, G_OPTION_ARG_INT, &raw->report_ms, "Sender reports (2000)", "MS" },
    { "spread", 0, 0, G_OPTION_ARG_NONE, &raw->spread, "Cameras do not send at one moment", NULL },
    { "sent-log", 0, 0, G_OPTION_ARG_FILENAME, &raw->sent_log, "When each frame was sent", "FILE" },
    { "cache", 0, 0, G_OPTION_ARG_FILENAME, &raw->cache_dir, "Keep encoded loops here", "DIR" },
    { "control", 0, 0, G_OPTION_ARG_FILENAME, &raw->control_path, "Control socket", "PATH" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- RTSP cameras for tests");
  g_auto (GStrv) copy = g_strdupv (argv);

  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse_strv (context, &copy, error))
    return FALSE;
  return copy[1] == NULL || fail (error, "arguments", copy[1]);
}

/* Not before the parsing: GOption does not free the text that it puts another in the place of. */
static void
fill_in (Raw *raw)
{
  const struct {
    char **text;
    const char *value;
  } defaults[] = { { &raw->gop, "2" },     { &raw->codec, "h264" },       { &raw->audio, "none" },
                   { &raw->auth, "none" }, { &raw->auth_scope, "all" },   { &raw->digest, "md5" },
                   { &raw->start, "now" }, { &raw->address, "127.0.0.1" } };

  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (*defaults[i].text == NULL)
      *defaults[i].text = g_strdup (defaults[i].value);
}

SimOptions *
sim_options_parse (char **argv, GError **error)
{
  g_autoptr (SimOptions) self = g_new0 (SimOptions, 1);
  Raw raw = { .cameras = 2,
              .session_timeout = 60,
              .queue_kib = 4096,
              .report_ms = 2000,
              .bitrate = 4000,
              .sub_bitrate = 500,
              .width = 1920,
              .height = 1080,
              .sub_width = 640,
              .sub_height = 360,
              .fps = 25 };
  gboolean ok;

  self->cameras = g_array_new (FALSE, FALSE, sizeof (SimCameraConfig));
  ok = parse_raw (&raw, argv, error);
  fill_in (&raw);
  ok = ok && make_policy (self, &raw, error) && make_cameras (self, &raw, error);
  raw_clear (&raw);
  return ok ? g_steal_pointer (&self) : NULL;
}

void
sim_options_free (SimOptions *self)
{
  sim_auth_clear (&self->policy.auth);
  g_free (self->address);
  g_free (self->cache_dir);
  g_free (self->control_path);
  g_free (self->sent_log);
  g_array_unref (self->cameras);
  g_free (self);
}
