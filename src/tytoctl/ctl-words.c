/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-words.h"

#include <glib/gi18n.h>

#include "base/tyto-json.h"
#include "base/tyto-time.h"

typedef struct {
  const char *name;
  const char *word;
  CtlColour colour;
} Word;

static const Word states[] = {
  { "off", N_ ("off"), CTL_COLOUR_DIM },
  { "connecting", N_ ("connecting"), CTL_COLOUR_YELLOW },
  { "recording", N_ ("recording"), CTL_COLOUR_GREEN },
  { "retrying", N_ ("retrying"), CTL_COLOUR_YELLOW },
  { "offline", N_ ("offline"), CTL_COLOUR_RED },
  { "parked", N_ ("parked"), CTL_COLOUR_RED },
  { "stopping", N_ ("stopping"), CTL_COLOUR_YELLOW },
};

static const Word reasons[] = {
  { "camera-offline", N_ ("camera offline"), CTL_COLOUR_NONE },
  { "camera-refused", N_ ("camera refused"), CTL_COLOUR_NONE },
  { "camera-silent", N_ ("camera fell silent"), CTL_COLOUR_NONE },
  { "camera-ended", N_ ("camera hung up"), CTL_COLOUR_NONE },
  { "camera-stalled", N_ ("camera stalled"), CTL_COLOUR_NONE },
  { "packet-loss", N_ ("packets lost"), CTL_COLOUR_NONE },
  { "disk", N_ ("disk"), CTL_COLOUR_NONE },
  { "disk-full", N_ ("disk full"), CTL_COLOUR_NONE },
  { "disk-slow", N_ ("disk too slow"), CTL_COLOUR_NONE },
  { "settings", N_ ("started anew"), CTL_COLOUR_NONE },
  { "starting", N_ ("starting"), CTL_COLOUR_NONE },
  { "clock", N_ ("clock was set"), CTL_COLOUR_NONE },
  { "file-missing", N_ ("file is gone"), CTL_COLOUR_NONE },
  { "file-damaged", N_ ("file is damaged"), CTL_COLOUR_NONE },
  { "deleted", N_ ("deleted"), CTL_COLOUR_NONE },
  { "worker-died", N_ ("worker died"), CTL_COLOUR_NONE },
  { "recorder-down", N_ ("recorder was down"), CTL_COLOUR_NONE },
  { "parked", N_ ("parked"), CTL_COLOUR_NONE },
  { "internal", N_ ("internal error"), CTL_COLOUR_NONE },
};

static const Word *
find (const Word *words, gsize count, const char *name)
{
  for (gsize i = 0; i < count; i++)
    if (g_str_equal (words[i].name, name))
      return &words[i];
  return NULL;
}

const char *
ctl_state_word (const char *state)
{
  const Word *word = find (states, G_N_ELEMENTS (states), state);

  return word != NULL ? _ (word->word) : state;
}

CtlColour
ctl_state_colour (const char *state)
{
  const Word *word = find (states, G_N_ELEMENTS (states), state);

  return word != NULL ? word->colour : CTL_COLOUR_NONE;
}

const char *
ctl_gap_reason_word (const char *reason)
{
  const Word *word = find (reasons, G_N_ELEMENTS (reasons), reason);

  return word != NULL ? _ (word->word) : reason;
}

char *
ctl_size_text (guint64 bytes)
{
  g_autofree char *text = g_format_size (bytes);
  g_auto (GStrv) parts = g_strsplit (text, "\u00a0", 2); /* a no-break space baffles grep */

  return g_strjoinv (" ", parts);
}

char *
ctl_seconds_text (double seconds)
{
  return tyto_duration_format ((guint64) (CLAMP (seconds, 0, 1e9) * 1e9));
}

char *
ctl_count_text (guint64 count)
{
  return g_strdup_printf ("%'" G_GUINT64_FORMAT, count);
}

char *
ctl_media_text (GVariant *camera)
{
  const char *video = tyto_dict_string (camera, "video_codec", "");
  const char *audio = tyto_dict_string (camera, "audio_codec", "");
  guint64 width = tyto_dict_uint (camera, "width", 0);
  guint64 height = tyto_dict_uint (camera, "height", 0);
  GString *text = g_string_new (video);

  if (width > 0 && height > 0)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT "×%" G_GUINT64_FORMAT,
                            text->len > 0 ? " " : "", width, height);
  if (*audio != '\0')
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", audio);
  if (text->len == 0)
    g_string_append (text, "–");
  return g_string_free (text, FALSE);
}
