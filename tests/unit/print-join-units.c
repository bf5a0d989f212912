/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* print-join-units.c: tells what tyto-unit-reader.h makes of segments, one JSON object a line, for
 * tests that hold it against other programs. Arguments: segments in their order; "--new" in front
 * of one: it does not go on where the one before ended. */
#include "media/join/tyto-unit-reader.h"

#include <stdio.h>

static void
print_unit (const TytoMediaUnit *unit)
{
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, unit->data, unit->size);
  g_autofree char *entry = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, unit->entry->box);

  printf (
      "{\"video\": %s, \"codec\": \"%s\", \"dts\": %" G_GINT64_FORMAT ", \"pts\": %" G_GINT64_FORMAT
      ", \"duration\": %u, \"key\": %s, \"size\": %zu, \"width\": %u, \"height\": %u, "
      "\"rate\": %u, \"channels\": %u, \"md5\": \"%s\", \"entry\": \"%s\"}\n",
      unit->video ? "true" : "false", tyto_media_codec_to_string (unit->entry->codec), unit->dts,
      unit->pts, unit->duration, unit->key ? "true" : "false", unit->size, unit->entry->width,
      unit->entry->height, unit->entry->rate, unit->entry->channels, sum, entry);
}

int
main (int argc, char **argv)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  gboolean continuous = FALSE;

  for (int i = 1; i < argc; i++) {
    g_autoptr (GError) error = NULL;
    const TytoUnitDamage *damage;
    TytoMediaUnit unit;

    if (g_str_equal (argv[i], "--new")) {
      continuous = FALSE;
      continue;
    }
    if (tyto_unit_reader_open (reader, argv[i], NULL, continuous, &error))
      while (tyto_unit_reader_next (reader, &unit, &error))
        print_unit (&unit);
    damage = tyto_unit_reader_get_damage (reader);
    printf ("{\"segment\": %d, \"error\": \"%s\", \"lost\": %" G_GUINT64_FORMAT
            ", \"bad\": %" G_GUINT64_FORMAT ", \"dropped\": %" G_GUINT64_FORMAT
            ", \"others\": %u}\n",
            i, error != NULL ? error->message : "", damage->lost_packets, damage->bad_bytes,
            damage->dropped_units, damage->other_streams);
    continuous = TRUE;
  }
  return 0;
}
