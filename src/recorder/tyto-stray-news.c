/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-stray-news.h"

#include "base/tyto-json.h"
#include "base/tyto-log.h"
#include "base/tyto-time.h"

static void
replace (char **member, GVariant *dict, const char *key)
{
  g_free (*member);
  *member = g_strdup (tyto_dict_string (dict, key, ""));
}

static TytoRun *
make_run (const char *camera, GVariant *dict)
{
  TytoRun *run = tyto_run_new (tyto_dict_string (dict, "run", ""), camera, "main",
                               tyto_dict_int (dict, "wall-start", tyto_time_now ()));

  replace (&run->transport, dict, "transport");
  replace (&run->video_codec, dict, "video-codec");
  replace (&run->audio_codec, dict, "audio-codec");
  run->width = (guint) tyto_dict_uint (dict, "width", 0);
  run->height = (guint) tyto_dict_uint (dict, "height", 0);
  return run;
}

void
tyto_stray_news_run_started (TytoEntryQueue *entries, const char *camera, GVariant *dict)
{
  g_autoptr (TytoRun) run = make_run (camera, dict);

  tyto_entry_queue_enter_run (entries, run);
}

void
tyto_stray_news_run_ended (TytoEntryQueue *entries, const char *camera, GVariant *dict)
{
  g_autoptr (TytoRun) run = make_run (camera, dict);

  run->end_us = MAX (tyto_dict_int (dict, "wall-end", run->start_us), run->start_us);
  replace (&run->end_reason, dict, "reason");
  run->packets_received = tyto_dict_uint (dict, "packets-received", 0);
  run->packets_lost = tyto_dict_uint (dict, "packets-lost", 0);
  run->frames_recorded = tyto_dict_uint (dict, "frames-recorded", 0);
  run->frames_received = MAX (tyto_dict_uint (dict, "frames-received", 0), run->frames_recorded);
  tyto_entry_queue_end_run (entries, run);
}

void
tyto_stray_news_segment_opened (TytoEntryQueue *entries, const char *camera, GVariant *dict)
{
  g_autoptr (TytoSegment) segment = tyto_segment_new_open_from_worker (dict, NULL);

  if (segment != NULL)
    tyto_entry_queue_open_segment (entries, segment);
}

void
tyto_stray_news_segment_closed (TytoEntryQueue *entries, const char *camera, GVariant *dict)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSegment) segment = tyto_segment_new_from_worker (dict, &error);

  if (segment != NULL)
    tyto_entry_queue_enter_segment (entries, segment);
  else
    tyto_log_camera (camera, G_LOG_LEVEL_WARNING, "The worker told a segment wrongly: %s",
                     error->message);
}

/* One that lasts is told again with its end. */
void
tyto_stray_news_gap (TytoEntryQueue *entries, const char *camera, GVariant *dict)
{
  gint64 start_us = tyto_dict_int (dict, "wall-start", -1);
  gint64 end_us = tyto_dict_int (dict, "wall-end", -1);
  g_autoptr (TytoGap) gap = NULL;

  if (start_us < 0 || end_us < 0)
    return;
  gap = tyto_gap_new (camera, "main", start_us, tyto_dict_string (dict, "reason", "internal"),
                      tyto_dict_string (dict, "detail", ""));
  gap->end_us = MAX (end_us, start_us);
  gap->packets_lost = tyto_dict_uint (dict, "packets", 0);
  gap->frames_lost = tyto_dict_uint (dict, "frames", 0);
  tyto_entry_queue_enter_gap (entries, gap);
}

void
tyto_stray_news_thumbnail_taken (TytoEntryQueue *entries, const char *camera, GVariant *dict)
{
  tyto_entry_queue_enter_thumbnail (entries, camera, dict);
}
