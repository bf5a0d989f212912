/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-commands.h: what the command table runs; each is a CtlCommandFunc. */
#pragma once

#include "tytoctl/ctl-invocation.h"

G_BEGIN_DECLS

gboolean ctl_alerts_run (CtlInvocation *invocation, GError **error);
gboolean ctl_archive_run (CtlInvocation *invocation, GError **error);
gboolean ctl_uploads_run (CtlInvocation *invocation, GError **error);
gboolean ctl_uploads_retry_run (CtlInvocation *invocation, GError **error);
gboolean ctl_services_run (CtlInvocation *invocation, GError **error);
gboolean ctl_status_run (CtlInvocation *invocation, GError **error);
gboolean ctl_camera_add_run (CtlInvocation *invocation, GError **error);
gboolean ctl_camera_change_run (CtlInvocation *invocation, GError **error);
gboolean ctl_camera_show_run (CtlInvocation *invocation, GError **error);
gboolean ctl_camera_list_run (CtlInvocation *invocation, GError **error);
gboolean ctl_camera_remove_run (CtlInvocation *invocation, GError **error);
gboolean ctl_camera_start_run (CtlInvocation *invocation, GError **error);
gboolean ctl_camera_stop_run (CtlInvocation *invocation, GError **error);
gboolean ctl_segments_run (CtlInvocation *invocation, GError **error);
gboolean ctl_segments_get_run (CtlInvocation *invocation, GError **error);
gboolean ctl_gaps_run (CtlInvocation *invocation, GError **error);
gboolean ctl_ledger_run (CtlInvocation *invocation, GError **error);
gboolean ctl_segments_delete_run (CtlInvocation *invocation, GError **error);
gboolean ctl_retention_run (CtlInvocation *invocation, GError **error);
gboolean ctl_retention_run_run (CtlInvocation *invocation, GError **error);
gboolean ctl_clip_add_run (CtlInvocation *invocation, GError **error);
gboolean ctl_clip_list_run (CtlInvocation *invocation, GError **error);
gboolean ctl_clip_remove_run (CtlInvocation *invocation, GError **error);
gboolean ctl_broadcast_delete_run (CtlInvocation *invocation, GError **error);
gboolean ctl_broadcast_end_run (CtlInvocation *invocation, GError **error);
gboolean ctl_broadcast_gaps_run (CtlInvocation *invocation, GError **error);
gboolean ctl_broadcast_get_run (CtlInvocation *invocation, GError **error);
gboolean ctl_broadcast_list_run (CtlInvocation *invocation, GError **error);
gboolean ctl_broadcast_retry_run (CtlInvocation *invocation, GError **error);
gboolean ctl_broadcast_show_run (CtlInvocation *invocation, GError **error);
gboolean ctl_broadcast_start_run (CtlInvocation *invocation, GError **error);
gboolean ctl_broadcast_video_run (CtlInvocation *invocation, GError **error);
gboolean ctl_catalogue_check_run (CtlInvocation *invocation, GError **error);
gboolean ctl_catalogue_rebuild_run (CtlInvocation *invocation, GError **error);
gboolean ctl_catalogue_copy_run (CtlInvocation *invocation, GError **error);
gboolean ctl_webhook_add_run (CtlInvocation *invocation, GError **error);
gboolean ctl_webhook_change_run (CtlInvocation *invocation, GError **error);
gboolean ctl_webhook_list_run (CtlInvocation *invocation, GError **error);
gboolean ctl_webhook_remove_run (CtlInvocation *invocation, GError **error);
gboolean ctl_webhook_rotate_run (CtlInvocation *invocation, GError **error);
gboolean ctl_webhook_show_run (CtlInvocation *invocation, GError **error);
gboolean ctl_webhook_test_run (CtlInvocation *invocation, GError **error);
gboolean ctl_thumbnail_run (CtlInvocation *invocation, GError **error);
gboolean ctl_pipeline_run (CtlInvocation *invocation, GError **error);
gboolean ctl_watch_run (CtlInvocation *invocation, GError **error);
gboolean ctl_report_run (CtlInvocation *invocation, GError **error);
gboolean ctl_version_run (CtlInvocation *invocation, GError **error);
gboolean ctl_help_run (CtlInvocation *invocation, GError **error);

G_END_DECLS
