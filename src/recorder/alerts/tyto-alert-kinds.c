/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/alerts/tyto-alert-kinds.h"

static const TytoAlertKind kinds[] = {
  { "camera-offline", "warning", "critical", TRUE,
    "Five tries in a row to connect failed; critical after 5 minutes." },
  { "camera-reconnects", "warning", "warning", TRUE,
    "The connection was lost and made again more than 3 times in 1 hour." },
  { "camera-unstable", "critical", "critical", TRUE,
    "Its recording stood still and was started anew more than 5 times in 10 minutes; it is left "
    "alone for 30 minutes." },
  { "stream-restart-failed", "critical", "critical", TRUE,
    "A stream that was started anew because it stood still does not come back." },
  { "recording-refused", "critical", "critical", TRUE,
    "It cannot be recorded as it is configured." },
  { "recording-stopped", "critical", "critical", TRUE,
    "It should be recorded and has not been for more than 1 minute, whatever the reason." },
  { "gap-open", "info", "info", TRUE, "It should be recorded and is not." },
  { "frame-loss", "warning", "warning", TRUE,
    "More than 1 % of its frames of the last 10 minutes are lost." },
  { "low-recording-rate", "warning", "warning", TRUE,
    "Fewer than 2 segments were finished in the time of 3." },
  { "segment-size", "warning", "warning", TRUE,
    "A segment has less than a quarter, or more than four times, of the bytes a second that the "
    "camera's last 20 have (median)." },
  { "high-cpu", "warning", "warning", TRUE,
    "Its worker has used more of a core than worker-cpu-percent allows, over 1 minute." },
  { "high-memory", "warning", "warning", TRUE,
    "Its worker has more memory than worker-memory-mib allows; it is started anew." },
  { "worker-restarts", "critical", "critical", TRUE,
    "Its worker was started again more than 5 times in 10 minutes." },
  { "worker-parked", "critical", "critical", TRUE,
    "Its worker died more than 5 times in 10 minutes and rests for 30 minutes." },
  { "disk", "critical", "critical", TRUE, "Its segments cannot be written." },
  { "disk-slow", "warning", "warning", TRUE,
    "The disk was too slow for it in the last 5 minutes: groups of pictures were left out." },
  { "disk-space", "warning", "critical", FALSE,
    "The disk of the recordings is more than 80 % full; critical above 90 %." },
  { "disk-full", "critical", "critical", FALSE,
    "The disk of the recordings is full, down to what must stay free: recording pauses." },
  { "recordings", "warning", "critical", FALSE,
    "Recordings of the catalogue are not where they should be; critical: their directory cannot "
    "be used." },
  { "catalogue", "critical", "critical", FALSE,
    "The catalogue does not take rows; they are kept in memory." },
  { "shared-catalogue", "warning", "warning", FALSE,
    "The shared catalogue (catalogue-uri) takes no rows; they wait on disk." },
  { "upload-failing", "warning", "critical", FALSE,
    "Five tries to bring a recording into the archive failed; critical when more than 10 tries "
    "failed within 1 hour." },
  { "upload-late", "warning", "warning", FALSE,
    "A recording has waited more than 5 minutes since its end for the archive." },
  { "archive-refused", "critical", "critical", FALSE,
    "The archive refuses recordings: its settings, keys or bucket are wrong." },
  { "broadcast-stalled", "warning", "warning", FALSE,
    "The segments of a broadcast cannot be fetched or written now." },
  { "broadcast-missing", "warning", "warning", FALSE,
    "Segments of a broadcast in hand were given up: they are gaps in it." },
  { "broadcast-failed", "critical", "critical", FALSE,
    "Nothing of a broadcast could be used; it can be retried." },
  { "broadcast-disk", "critical", "critical", FALSE,
    "A broadcast waits for room on the disk to be joined." },
  { "broadcast-upload", "warning", "warning", FALSE,
    "Three tries to upload a broadcast failed, or the object store refuses it." },
  { "broadcast-collector", "critical", "critical", FALSE,
    "What fetches the segments of broadcasts does not run." },
  { "stream-service", "warning", "warning", FALSE,
    "The stream service cannot be asked: broadcasts begin and end by what else is told." },
  { "vod-service", "warning", "warning", FALSE,
    "The VOD service cannot be asked: finished broadcasts wait to be imported." },
  { "clock-step", "warning", "warning", TRUE,
    "A clock, the recorder's (no camera is named) or a camera's, was set by more than 1 s in the "
    "last 10 minutes." },
  { "retention", "warning", "warning", FALSE,
    "Recordings that are no longer kept cannot be deleted." },
  { "retention-plan", "warning", "warning", TRUE,
    "Its retention plan is not known: nothing of it is deleted." },
  { "retention-promise", "warning", "warning", FALSE,
    "The disks are too small to keep recordings as long as was promised." },
  { "tier", "warning", "warning", FALSE,
    "Recordings cannot be moved to slow-dir, and stay where they are." },
  { "vms-service", "warning", "warning", FALSE,
    "The VMS service cannot be asked: cameras are recorded as they were known before." },
  { "stream-counter", "warning", "warning", FALSE,
    "The stream counter cannot be asked: cameras are recorded without being counted." },
  { "stream-quota", "warning", "warning", TRUE,
    "It is recorded without a place of the quota, or more cameras are enabled than stream-quota "
    "allows (no camera is named)." },
  { "webhook", "warning", "critical", FALSE, "A webhook does not take what it is sent." },
};

const TytoAlertKind *
tyto_alert_kind_find (const char *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_strcmp0 (kinds[i].kind, kind) == 0)
      return &kinds[i];
  }
  return NULL;
}

const TytoAlertKind *
tyto_alert_kinds (guint *n)
{
  *n = G_N_ELEMENTS (kinds);
  return kinds;
}

int
tyto_alert_severity_rank (const char *severity)
{
  static const char *const ranks[] = { "info", "warning", "critical" };

  for (guint i = 0; i < G_N_ELEMENTS (ranks); i++) {
    if (g_strcmp0 (severity, ranks[i]) == 0)
      return (int) i;
  }
  return -1;
}
