/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-join.c: any bytes as segments of a broadcast: one that stands alone, then the same going on
 * from it, with what is before its first fragment as its initialization section. */
#include "base/tyto-error.h"
#include "fuzz-target.h"
#include "media/join/tyto-mp4-scan.h"
#include "media/join/tyto-segment-format.h"

#define HEAD 4096

static const TytoSegmentFormat *const formats[] = {
  &tyto_segment_format_ts,
  &tyto_segment_format_mp4,
  &tyto_segment_format_packed_audio,
};

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

static volatile guint8 seen;

/* The sanitizer sees whether all of it is there. */
static void
touch (const guint8 *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    seen = data[i];
}

static void
read_units (const TytoSegmentFormat *format, gpointer state, gsize size, TytoUnitDamage *damage)
{
  g_autoptr (GError) error = NULL;
  TytoMediaUnit unit;
  guint64 bytes = 0;

  while (format->next (state, &unit, damage, &error)) {
    g_assert_cmpuint (unit.size, >, 0);
    g_assert_cmpuint (unit.timescale, >, 0);
    g_assert_nonnull (unit.entry);
    g_assert_cmpint (unit.video, ==, unit.entry->video);
    g_assert_cmpuint (g_bytes_get_size (unit.entry->box), >=, 16);
    touch (unit.data, unit.size);
    touch (g_bytes_get_data (unit.entry->box, NULL), 16);
    bytes += unit.size;
    g_assert_cmpuint (format->position (state), <=, size);
  }
  g_assert_no_error (error);
  /* What takes the place of a start code is a byte longer than the shortest. */
  g_assert_cmpuint (bytes, <=, 2 * size + 1024);
}

static gboolean
open_segment (const TytoSegmentFormat *format, gpointer state, const guint8 *data, gsize size,
              GBytes *init, gboolean continuous)
{
  TytoUnitDamage damage = { 0 };
  g_autoptr (GError) error = NULL;

  if (!format->open (state, data, size, init, continuous, &damage, &error)) {
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    return FALSE;
  }
  read_units (format, state, size, &damage);
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  gsize moof = tyto_mp4_scan_moof (data, size, 0);
  g_autoptr (GBytes) init = moof > 0 && moof < size ? g_bytes_new (data, moof) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    gpointer state;

    if (!formats[i]->detect (data, MIN (size, HEAD)))
      continue;
    state = formats[i]->create ();
    open_segment (formats[i], state, data, size, NULL, FALSE);
    open_segment (formats[i], state, data, size, NULL, TRUE);
    if (init != NULL)
      open_segment (formats[i], state, data + moof, size - moof, init, TRUE);
    formats[i]->destroy (state);
    break;
  }
  return 0;
}
