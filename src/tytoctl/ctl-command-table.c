/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The words of --help for each command. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

static const CtlCommand table[] = {
  { "status", "", N_ ("Show the service and its cameras"),
    N_ ("Examples:\n  tytoctl status\n  tytoctl status --json"), ctl_status_run },
  { "camera list", "", N_ ("List the cameras"),
    N_ ("Examples:\n  tytoctl camera list\n  tytoctl camera list --ids"), ctl_camera_list_run },
  { "camera show", N_ ("ID"), N_ ("Show all that is known of a camera"),
    N_ ("Example:\n  tytoctl camera show front-door"), ctl_camera_show_run },
  { "camera add", N_ ("[ID] URL"), N_ ("Add a camera"),
    N_ ("The password is read from a file, from standard input (-) or asked for; it never stands "
        "on the command line.\n\n"
        "Examples:\n"
        "  tytoctl camera add front-door rtsp://192.0.2.10/stream1\n"
        "  tytoctl camera add yard rtsp://192.0.2.11/ --user admin --password-file yard.pw\n"
        "  pass show yard | tytoctl camera add yard rtsp://192.0.2.11/ --user admin "
        "--password-file -"),
    ctl_camera_add_run },
  { "camera change", N_ ("ID [URL]"), N_ ("Change a camera"),
    N_ ("Only what is given changes; recording starts anew when it must.\n\n"
        "Examples:\n"
        "  tytoctl camera change yard --name \"The yard\"\n"
        "  tytoctl camera change yard rtsp://192.0.2.12/ --segment-seconds 60\n"
        "  tytoctl camera change yard --ask-password"),
    ctl_camera_change_run },
  { "camera remove", N_ ("ID…"), N_ ("Forget cameras; what they recorded stays"),
    N_ ("Example:\n  tytoctl camera remove yard --yes"), ctl_camera_remove_run },
  { "camera start", N_ ("ID…"), N_ ("Record cameras"),
    N_ ("Examples:\n  tytoctl camera start yard front-door\n  tytoctl camera start --all"),
    ctl_camera_start_run },
  { "camera stop", N_ ("ID…"), N_ ("Stop recording cameras"),
    N_ ("Comes back when the last segment is in the catalogue.\n\n"
        "Examples:\n  tytoctl camera stop yard\n  tytoctl camera stop --all"),
    ctl_camera_stop_run },
  { "segments", "", N_ ("List recorded segments"),
    N_ ("Times: 2026-11-21T02:08:00Z, \"2026-11-21 02:08\" (local), 14:30, today, yesterday, "
        "-1h, -1h30m, -2d.\n\nExamples:\n"
        "  tytoctl segments --camera yard --from -1h\n"
        "  tytoctl segments --from today --all --json"),
    ctl_segments_run },
  { "segments get", N_ ("ID"), N_ ("Download a segment's file"),
    N_ ("A download that was broken off is continued where it ended.\n\n"
        "Examples:\n"
        "  tytoctl segments get 20261121T020800Z-4f2a9c01d3e7.000001\n"
        "  tytoctl segments get 20261121T020800Z-4f2a9c01d3e7.000001 -o - | ffprobe -"),
    ctl_segments_get_run },
  { "segments delete", N_ ("ID…"), N_ ("Delete segments for good"),
    N_ ("Their files, their objects in the archive and their rows go. What a clip keeps stays.\n\n"
        "Example:\n  tytoctl segments delete 20261121T020800Z-4f2a9c01d3e7.000001"),
    ctl_segments_delete_run },
  { "gaps", "", N_ ("List what should have been recorded and was not"),
    N_ ("Times: 2026-11-21T02:08:00Z, \"2026-11-21 02:08\" (local), 14:30, today, yesterday, "
        "-1h, -1h30m, -2d.\n\nExamples:\n"
        "  tytoctl gaps --from yesterday\n"
        "  tytoctl gaps --camera yard --all --json"),
    ctl_gaps_run },
  { "ledger", N_ ("CAMERA"), N_ ("Show what became of each second of a camera"),
    N_ ("Recorded, a gap with its reason, or off; of the last day unless said otherwise.\n\n"
        "Examples:\n"
        "  tytoctl ledger yard\n"
        "  tytoctl ledger yard --from yesterday --to today\n"
        "  tytoctl ledger yard --json | jq .summary.coverage"),
    ctl_ledger_run },
  { "alerts", "", N_ ("List what needs attention now"),
    N_ ("Examples:\n  tytoctl alerts\n  tytoctl alerts --all --camera yard"), ctl_alerts_run },
  { "archive", "", N_ ("Show where recordings are archived, and how that goes"),
    N_ ("Examples:\n  tytoctl archive\n  tytoctl archive --json | jq .waiting"), ctl_archive_run },
  { "uploads", "", N_ ("List what is on its way to the archive, and what failed"),
    N_ ("Examples:\n  tytoctl uploads --watch\n  tytoctl uploads --json | jq .failing"),
    ctl_uploads_run },
  { "uploads retry", "", N_ ("Try uploads that failed again now"),
    N_ ("They are tried again by themselves, at least every 80 s.\n\n"
        "Example:\n  tytoctl uploads retry"),
    ctl_uploads_retry_run },
  { "retention", "", N_ ("Show how long recordings are kept, and what the disks can hold"),
    N_ ("Examples:\n  tytoctl retention\n  tytoctl retention --json | jq .last_run"),
    ctl_retention_run },
  { "retention run", "", N_ ("Delete what is no longer kept, or list what that would be"),
    N_ ("It runs by itself every day at retention-time. Ends with 0 when all went, else with 1.\n\n"
        "Examples:\n"
        "  tytoctl retention run --dry-run\n"
        "  tytoctl retention run --dry-run --verbose --camera yard"),
    ctl_retention_run_run },
  { "clip add", N_ ("[CAMERA START END]"),
    N_ ("Keep a time range, or a broadcast, whatever the retention"),
    N_ ("Times: 2026-11-21T02:08:00Z, \"2026-11-21 02:08\" (local), 14:30, today, yesterday, "
        "-1h, -1h30m, -2d.\n\nExamples:\n"
        "  tytoctl clip add yard 14:30 14:45 --name \"The parcel\"\n"
        "  tytoctl clip add yard -- -1h now\n"
        "  tytoctl clip add --broadcast lecture-7"),
    ctl_clip_add_run },
  { "clip list", "", N_ ("List the time ranges that are kept"),
    N_ ("Example:\n  tytoctl clip list --camera yard"), ctl_clip_list_run },
  { "clip remove", N_ ("ID…"), N_ ("Keep time ranges no longer"),
    N_ ("Nothing is deleted now; the next run does what retention says.\n\n"
        "Example:\n  tytoctl clip remove 0d5a4c1e-53bb-4d3c-8d4a-2d6e0f1c9b7a"),
    ctl_clip_remove_run },
  { "broadcast list", "", N_ ("List live streams that are or were recorded"),
    N_ ("Times: 2026-11-21T02:08:00Z, \"2026-11-21 02:08\" (local), 14:30, today, yesterday, "
        "-1h, -1h30m, -2d.\n\nExamples:\n"
        "  tytoctl broadcast list --status failed\n"
        "  tytoctl broadcast list --key lecture-7 --from today --json"),
    ctl_broadcast_list_run },
  { "broadcast show", N_ ("ID|KEY"), N_ ("Show all that is known of a broadcast"),
    N_ ("A stream key stands for the newest broadcast of it.\n\n"
        "Examples:\n  tytoctl broadcast show lecture-7\n"
        "  tytoctl broadcast show lecture-7 --watch"),
    ctl_broadcast_show_run },
  { "broadcast start", N_ ("KEY"), N_ ("Record a live stream that nobody announced"),
    N_ ("Its segments come from the bucket of live segments, below KEY/, or from a playlist.\n\n"
        "Examples:\n  tytoctl broadcast start lecture-7\n"
        "  tytoctl broadcast start lecture-7 --playlist https://media.example.org/7/index.m3u8"),
    ctl_broadcast_start_run },
  { "broadcast end", N_ ("ID|KEY"), N_ ("End a broadcast: its MP4 is made"),
    N_ ("Examples:\n  tytoctl broadcast end lecture-7\n"
        "  tytoctl broadcast end lecture-7 --wait && tytoctl broadcast get lecture-7"),
    ctl_broadcast_end_run },
  { "broadcast retry", N_ ("ID|KEY"), N_ ("Process a broadcast that failed, or waits, again now"),
    N_ ("Nothing of one that failed was deleted.\n\n"
        "Example:\n  tytoctl broadcast retry lecture-7 --wait"),
    ctl_broadcast_retry_run },
  { "broadcast gaps", N_ ("ID|KEY"), N_ ("List what is missing in a broadcast's MP4"),
    N_ ("Example:\n  tytoctl broadcast gaps lecture-7"), ctl_broadcast_gaps_run },
  { "broadcast get", N_ ("ID|KEY"), N_ ("Download a broadcast's MP4"),
    N_ ("A download that was broken off is continued where it ended.\n\n"
        "Examples:\n  tytoctl broadcast get lecture-7\n"
        "  tytoctl broadcast get lecture-7 -o - | ffprobe -"),
    ctl_broadcast_get_run },
  { "broadcast video", N_ ("ID|KEY [VIDEO]"), N_ ("Say which video a broadcast has become"),
    N_ ("Example:\n"
        "  tytoctl broadcast video lecture-7 0d5a4c1e-53bb-4d3c-8d4a-2d6e0f1c9b7a"),
    ctl_broadcast_video_run },
  { "broadcast delete", N_ ("ID…"), N_ ("Delete broadcasts for good"),
    N_ ("Their files, their objects in the bucket and their rows go. What a clip keeps stays.\n\n"
        "Example:\n  tytoctl broadcast delete 0d5a4c1e-53bb-4d3c-8d4a-2d6e0f1c9b7a"),
    ctl_broadcast_delete_run },
  { "services", "", N_ ("Show the other services, and whether they answer"),
    N_ ("Example:\n  tytoctl services"), ctl_services_run },
  { "catalogue check", "", N_ ("Compare the catalogue with the recorded files"),
    N_ ("Changes nothing. Ends with 0 when they agree, else with 1.\n\n"
        "Examples:\n  tytoctl catalogue check\n  tytoctl catalogue check --json | jq .counts"),
    ctl_catalogue_check_run },
  { "catalogue rebuild", "", N_ ("Enter what the catalogue lacks from the recorded files"),
    N_ ("Unfinished files that nobody writes are finished, too, and what is in the catalogue "
        "without its file becomes a gap. No recording is deleted.\n\n"
        "Examples:\n  tytoctl catalogue rebuild\n  tytoctl catalogue rebuild --from-bucket"),
    ctl_catalogue_rebuild_run },
  { "catalogue copy", "", N_ ("Copy the catalogue into a PostgreSQL database"),
    N_ ("Reads the catalogue's file as it is now; tytod may be recording. May be repeated: what is "
        "the same is left alone. The password comes from ~/.pgpass or $PGPASSWORD.\n\n"
        "Example:\n  tytoctl catalogue copy --to postgresql://tyto@db/fleet?sslmode=verify-full"),
    ctl_catalogue_copy_run },
  { "webhook list", "", N_ ("List the webhooks, who are told of alerts and events"),
    N_ ("Examples:\n  tytoctl webhook list\n  tytoctl webhook list --ids"), ctl_webhook_list_run },
  { "webhook show", N_ ("ID"), N_ ("Show a webhook, what waits for it and how it went"),
    N_ ("Example:\n  tytoctl webhook show on-call"), ctl_webhook_show_run },
  { "webhook add", N_ ("[ID] URL"), N_ ("Add a webhook"),
    N_ ("It is told of alerts unless --event says otherwise, by signed POSTs (Standard Webhooks). "
        "Without a secret one is made and shown.\n\n"
        "Examples:\n"
        "  tytoctl webhook add on-call https://alerts.example.org/tyto\n"
        "  tytoctl webhook add shop http://192.0.2.5/ -e segment.closed -e gap.opened"),
    ctl_webhook_add_run },
  { "webhook change", N_ ("ID [URL]"), N_ ("Change a webhook"),
    N_ ("Only what is given changes. After a new secret the one before signs too for 24 hours.\n\n"
        "Examples:\n"
        "  tytoctl webhook change on-call https://other.example.org/tyto\n"
        "  tytoctl webhook change on-call --enabled"),
    ctl_webhook_change_run },
  { "webhook rotate", N_ ("ID"), N_ ("Make a new secret for a webhook"),
    N_ ("It is shown once; the one before signs too for 24 hours.\n\n"
        "Example:\n  tytoctl webhook rotate on-call"),
    ctl_webhook_rotate_run },
  { "webhook test", N_ ("ID"), N_ ("Send a webhook a test, and tell what came of it"),
    N_ ("Ends with 0 when it was taken, else with 1.\n\n"
        "Example:\n  tytoctl webhook test on-call"),
    ctl_webhook_test_run },
  { "webhook remove", N_ ("ID…"), N_ ("Forget webhooks and what waits for them"),
    N_ ("Example:\n  tytoctl webhook remove on-call --yes"), ctl_webhook_remove_run },
  { "thumbnail", N_ ("CAMERA"), N_ ("Save a camera's latest picture"),
    N_ ("Examples:\n  tytoctl thumbnail yard -o yard.jpg\n"
        "  tytoctl thumbnail yard --now -o - | display"),
    ctl_thumbnail_run },
  { "pipeline", N_ ("CAMERA"), N_ ("Print the gst-launch-1.0 line that is running"),
    N_ ("Examples:\n  tytoctl pipeline yard\n"
        "  tytoctl pipeline yard --dot | dot -Tsvg -o yard.svg"),
    ctl_pipeline_run },
  { "watch", "", N_ ("Follow segments, states, gaps and alerts as they happen"),
    N_ ("Goes on when tytod is restarted; ends with Ctrl-C.\n\n"
        "Examples:\n  tytoctl watch\n  tytoctl watch --camera yard --segments-only\n"
        "  tytoctl watch --json | jq .event"),
    ctl_watch_run },
  { "report", "", N_ ("Show what was received, recorded and lost since tytod started"),
    N_ ("Ends with 0 only when nothing was lost, else with 1.\n\n"
        "Example:\n  tytoctl report && echo complete"),
    ctl_report_run },
  { "version", "", N_ ("Show the versions of tytoctl and tytod"), "", ctl_version_run },
  { "help", N_ ("[COMMAND]"), N_ ("Explain a command"),
    N_ ("Examples:\n  tytoctl help\n  tytoctl help camera add"), ctl_help_run },
  { NULL },
};

const CtlCommand *
ctl_command_table (void)
{
  return table;
}
