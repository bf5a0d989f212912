/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-commands.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A command being run. */
typedef struct {
  SimCommandContext *context;
  char **words; /* without the command */
  guint n_words;
  JsonBuilder *out;  /* inside the answer's object */
  const char *error; /* nullable, static */
  SimEncoding *encoding;
} Command;

typedef void (*CommandFunc) (Command *command);

/* What a command does to one camera, with the words after the camera. */
typedef void (*CameraFunc) (Command *command, SimCamera *camera, char **arguments);

void
sim_encoding_free (SimEncoding *self)
{
  g_clear_pointer (&self->media, sim_media_unref);
  g_clear_error (&self->error);
  g_free (self->cache_dir);
  g_free (self);
}

/* Calls @func for the camera of the first word, or each of them for "all". */
static void
for_cameras (Command *command, CameraFunc func)
{
  guint n = sim_server_get_n_cameras (command->context->server);
  guint64 id = 0;

  if (command->n_words == 0
      || (!g_str_equal (command->words[0], "all")
          && !g_ascii_string_to_unsigned (command->words[0], 10, 1, n, &id, NULL))) {
    command->error = "no such camera: a number or 'all' is wanted";
    return;
  }
  for (guint i = id > 0 ? id : 1; i <= (id > 0 ? id : n) && command->error == NULL; i++)
    func (command, sim_server_get_camera (command->context->server, i), command->words + 1);
}

static void
stats_camera (Command *command, SimCamera *camera, char **arguments)
{
  for (guint i = 0; i < SIM_N_STREAMS; i++)
    sim_stream_describe (camera->streams[i], command->out);
}

static void
run_stats (Command *command)
{
  char *all[] = { (char *) "all", NULL };

  if (command->n_words == 0) {
    command->words = all;
    command->n_words = 1;
  }
  json_builder_set_member_name (command->out, "streams");
  json_builder_begin_array (command->out);
  for_cameras (command, stats_camera);
  json_builder_end_array (command->out);
}

static void
reset_camera (Command *command, SimCamera *camera, char **arguments)
{
  sim_server_drop_sessions (command->context->server, camera->id, TRUE);
}

static void
close_camera (Command *command, SimCamera *camera, char **arguments)
{
  sim_server_drop_sessions (command->context->server, camera->id, FALSE);
}

static void
redirect_camera (Command *command, SimCamera *camera, char **arguments)
{
  sim_server_redirect (command->context->server, camera->id, arguments[0]);
}

static void
announce_camera (Command *command, SimCamera *camera, char **arguments)
{
  sim_server_announce (command->context->server, camera->id);
}

static void
ssrc_camera (Command *command, SimCamera *camera, char **arguments)
{
  sim_server_renew_ssrc (command->context->server, camera->id, FALSE);
}

static void
restart_camera (Command *command, SimCamera *camera, char **arguments)
{
  sim_server_renew_ssrc (command->context->server, camera->id, TRUE);
}

static void
key_camera (Command *command, SimCamera *camera, char **arguments)
{
  for (guint i = 0; i < SIM_N_STREAMS; i++)
    sim_stream_force_key (camera->streams[i]);
}

/* Reads "on" or "off". */
static gboolean
read_switch (Command *command, const char *word)
{
  if (g_strcmp0 (word, "on") != 0 && g_strcmp0 (word, "off") != 0)
    command->error = "'on' or 'off' is wanted";
  return g_strcmp0 (word, "on") == 0;
}

static gdouble
read_number (Command *command, const char *word, gdouble min, gdouble max)
{
  char *end = NULL;
  gdouble value = word != NULL ? g_ascii_strtod (word, &end) : 0;

  if (word == NULL || end == word || *end != '\0' || !isfinite (value) || value < min
      || value > max) {
    command->error = "a number in range is wanted";
    return 0;
  }
  return value;
}

static void
silence_camera (Command *command, SimCamera *camera, char **arguments)
{
  if (g_strcmp0 (arguments[0], "deaf") == 0) {
    camera->faults.silent = camera->faults.deaf = TRUE;
    return;
  }
  camera->faults.silent = read_switch (command, arguments[0]);
  camera->faults.deaf = FALSE;
}

static void
audio_camera (Command *command, SimCamera *camera, char **arguments)
{
  camera->faults.audio_dead = !read_switch (command, arguments[0]);
}

static void
jump_camera (Command *command, SimCamera *camera, char **arguments)
{
  camera->faults.jump += read_number (command, arguments[0], -86400, 86400) * G_USEC_PER_SEC;
}

static void
clock_camera (Command *command, SimCamera *camera, char **arguments)
{
  camera->faults.clock_offset = read_number (command, arguments[0], -1e9, 1e9) * G_USEC_PER_SEC;
}

static void
loss_camera (Command *command, SimCamera *camera, char **arguments)
{
  camera->faults.loss = read_number (command, arguments[0], 0, 100) / 100;
}

static void
audio_loss_camera (Command *command, SimCamera *camera, char **arguments)
{
  camera->faults.audio_loss = read_number (command, arguments[0], 0, 100) / 100;
}

static void
reorder_camera (Command *command, SimCamera *camera, char **arguments)
{
  camera->faults.reorder = read_number (command, arguments[0], 0, 100) / 100;
}

static void
pace_camera (Command *command, SimCamera *camera, char **arguments)
{
  camera->faults.pace = (gint64) (read_number (command, arguments[0], 0, 3600000) * 1000);
}

static void
reboot_camera (Command *command, SimCamera *camera, char **arguments)
{
  gdouble seconds = read_number (command, arguments[0], 0, 3600);

  if (command->error != NULL)
    return;
  camera->faults.away_until = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  sim_server_drop_sessions (command->context->server, camera->id, TRUE);
}

static void
stamps_camera (Command *command, SimCamera *camera, char **arguments)
{
  static const char *const names[SIM_N_STAMPS] = { "good", "same", "back" };

  for (guint i = 0; i < SIM_N_STAMPS; i++) {
    if (g_strcmp0 (arguments[0], names[i]) == 0) {
      camera->faults.stamps = i;
      return;
    }
  }
  command->error = "good, same or back is wanted";
}

static void
refuse_camera (Command *command, SimCamera *camera, char **arguments)
{
  if (g_strcmp0 (arguments[0], "on") == 0)
    camera->faults.refuse = 503;
  else if (g_strcmp0 (arguments[0], "off") == 0)
    camera->faults.refuse = 0;
  else
    camera->faults.refuse = read_number (command, arguments[0], 300, 599);
}

static void
gop_camera (Command *command, SimCamera *camera, char **arguments)
{
  gdouble seconds = g_strcmp0 (arguments[0], "endless") == 0
                        ? -1
                        : read_number (command, arguments[0], 0.04, 3600);

  for (guint i = 0; i < SIM_N_STREAMS && command->error == NULL; i++)
    if (!sim_stream_set_gop (camera->streams[i], seconds))
      command->error = "a stream with B frames keeps its GOP length";
}

static void
run_resolution (Command *command)
{
  SimEncoding *encoding;
  char *slash = command->n_words > 0 ? strchr (command->words[0], '/') : NULL;
  SimStreamKind kind = SIM_STREAM_MAIN;
  guint width, height;
  SimCamera *camera;

  if (slash != NULL && g_str_equal (slash, "/sub")) {
    kind = SIM_STREAM_SUB;
    *slash = '\0';
  }
  camera = command->n_words > 0
               ? sim_server_get_camera (command->context->server, atoi (command->words[0]))
               : NULL;
  if (camera == NULL || command->n_words < 2
      || sscanf (command->words[1], "%ux%u", &width, &height) != 2 || width < 64 || width > 4096
      || height < 64 || height > 2304 || width % 2 || height % 2) {
    command->error = "a camera and WxH (even) are wanted";
    return;
  }
  encoding = g_new0 (SimEncoding, 1);
  encoding->camera = camera->id;
  encoding->stream = kind;
  encoding->config = *sim_media_get_config (sim_stream_get_media (camera->streams[kind]));
  encoding->config.width = width;
  encoding->config.height = height;
  encoding->cache_dir = g_strdup (sim_library_get_cache_dir (command->context->library));
  command->encoding = encoding;
}

static void
run_password (Command *command)
{
  SimAuth *auth = &command->context->policy->auth;

  if (command->n_words != 1) {
    command->error = "one word is wanted";
    return;
  }
  g_free (auth->password);
  auth->password = g_strdup (command->words[0]);
}

static void
run_auth (Command *command)
{
  SimAuth *auth = &command->context->policy->auth;
  const char *word = command->n_words > 0 ? command->words[0] : "";

  if (g_str_equal (word, "none"))
    auth->mode = SIM_AUTH_NONE;
  else if (auth->user == NULL || auth->password == NULL)
    command->error = "the simulator was started without --user and --password-file";
  else if (g_str_equal (word, "basic"))
    auth->mode = SIM_AUTH_BASIC;
  else if (g_str_equal (word, "digest"))
    auth->mode = SIM_AUTH_DIGEST;
  else
    command->error = "none, basic or digest is wanted";
}

static void
run_quit (Command *command)
{
  sim_loop_quit (command->context->loop);
}

static void run_help (Command *command);

static const struct {
  const char *name;
  CommandFunc run;
  CameraFunc camera; /* instead of run: first word is a camera or 'all' */
  const char *help;
} commands[] = {
  { "stats", run_stats, NULL, "stats [K]: counters of each stream and session" },
  { "reset", NULL, reset_camera, "reset K: TCP reset of its connections" },
  { "close", NULL, close_camera, "close K: orderly end of its connections" },
  { "redirect", NULL, redirect_camera, "redirect K [URL]: REDIRECT in its sessions" },
  { "announce", NULL, announce_camera, "announce K: ANNOUNCE of its description in its sessions" },
  { "silence", NULL, silence_camera, "silence K on|off|deaf: no data; deaf: no answers either" },
  { "jump", NULL, jump_camera, "jump K SECONDS: RTP timestamps jump" },
  { "resolution", run_resolution, NULL, "resolution K[/sub] WxH: at the next frame" },
  { "audio", NULL, audio_camera, "audio K on|off: the audio track falls silent" },
  { "gop", NULL, gop_camera, "gop K SECONDS|endless" },
  { "key", NULL, key_camera, "key K: a key frame now" },
  { "ssrc", NULL, ssrc_camera, "ssrc K: new SSRC and sequence numbers" },
  { "restart", NULL, restart_camera, "restart K: as ssrc, and new RTP timestamps" },
  { "reboot", NULL, reboot_camera, "reboot K SECONDS: TCP reset, away until then, all anew after" },
  { "stamps", NULL, stamps_camera, "stamps K good|same|back: wrong RTP timestamps" },
  { "reorder", NULL, reorder_camera, "reorder K PERCENT: RTP packets change places" },
  { "pace", NULL, pace_camera, "pace K MS: a video frame each MS at most, 0: all" },
  { "loss", NULL, loss_camera, "loss K PERCENT: of RTP packets" },
  { "audio-loss", NULL, audio_loss_camera, "audio-loss K PERCENT: of the sound's RTP packets" },
  { "clock", NULL, clock_camera, "clock K SECONDS: the camera's clock is off by this" },
  { "refuse", NULL, refuse_camera, "refuse K on|off|STATUS: answers 503 or STATUS" },
  { "password", run_password, NULL, "password NEW: from now on" },
  { "auth", run_auth, NULL, "auth none|basic|digest" },
  { "help", run_help, NULL, "help" },
  { "quit", run_quit, NULL, "quit" },
};

static void
run_help (Command *command)
{
  json_builder_set_member_name (command->out, "commands");
  json_builder_begin_array (command->out);
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    json_builder_add_string_value (command->out, commands[i].help);
  json_builder_end_array (command->out);
}

static char *
to_line (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}

static char *
make_answer (const char *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "ok");
  json_builder_add_boolean_value (builder, error == NULL);
  if (error != NULL) {
    json_builder_set_member_name (builder, "error");
    json_builder_add_string_value (builder, error);
  }
  json_builder_end_object (builder);
  return to_line (builder);
}

static void
dispatch (Command *command, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    if (!g_str_equal (name, commands[i].name))
      continue;
    if (commands[i].run != NULL)
      commands[i].run (command);
    else
      for_cameras (command, commands[i].camera);
    return;
  }
  command->error = "no such command; try 'help'";
}

/* Splits at spaces, of which there may be many. Returns: (transfer full) */
static GStrv
split_words (const char *line)
{
  g_auto (GStrv) raw = g_strsplit_set (line, " \t\r", -1);
  GPtrArray *words = g_ptr_array_new ();

  for (guint i = 0; raw[i] != NULL; i++)
    if (raw[i][0] != '\0')
      g_ptr_array_add (words, g_strdup (raw[i]));
  g_ptr_array_add (words, NULL);
  return (GStrv) g_ptr_array_free (words, FALSE);
}

char *
sim_commands_run (SimCommandContext *context, const char *line, SimEncoding **encoding)
{
  g_auto (GStrv) words = split_words (line);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  Command command = { .context = context, .out = builder };

  *encoding = NULL;
  if (words[0] == NULL)
    return make_answer ("empty line; try 'help'");
  command.words = words + 1;
  command.n_words = g_strv_length (words) - 1;
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "ok");
  json_builder_add_boolean_value (builder, TRUE);
  dispatch (&command, words[0]);
  *encoding = command.encoding;
  if (command.encoding != NULL)
    return NULL;
  if (command.error != NULL)
    return make_answer (command.error);
  json_builder_end_object (builder);
  return to_line (builder);
}

char *
sim_commands_finish (SimCommandContext *context, SimEncoding *encoding)
{
  SimCamera *camera = sim_server_get_camera (context->server, encoding->camera);

  if (encoding->media == NULL)
    return make_answer (encoding->error->message);
  sim_stream_set_media (camera->streams[encoding->stream], g_steal_pointer (&encoding->media));
  return make_answer (NULL);
}
