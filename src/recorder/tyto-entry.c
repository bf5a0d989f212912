/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-entry.h"

#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "store/tyto-catalogue-upkeep.h"

TytoEntry *
tyto_entry_new (TytoEntryKind kind, const char *camera)
{
  TytoEntry *self = g_rc_box_new0 (TytoEntry);

  self->kind = kind;
  self->camera = g_strdup (camera);
  return self;
}

TytoEntry *
tyto_entry_ref (TytoEntry *self)
{
  return g_rc_box_acquire (self);
}

static void
entry_clear (gpointer data)
{
  TytoEntry *self = data;

  g_free (self->camera);
  g_free (self->name);
  g_clear_pointer (&self->run, tyto_run_unref);
  g_clear_pointer (&self->segment, tyto_segment_unref);
  g_clear_pointer (&self->gap, tyto_gap_unref);
  g_clear_pointer (&self->wish, tyto_wish_unref);
  g_clear_pointer (&self->thumbnail, g_variant_unref);
}

void
tyto_entry_unref (TytoEntry *self)
{
  g_rc_box_release_full (self, entry_clear);
}

const char *
tyto_entry_describe (const TytoEntry *self)
{
  switch (self->kind) {
  case TYTO_ENTRY_OPEN_SEGMENT:
  case TYTO_ENTRY_SEGMENT:
    return self->segment->path;
  case TYTO_ENTRY_THUMBNAIL:
    return tyto_dict_string (self->thumbnail, "path", "thumbnail");
  case TYTO_ENTRY_RUN:
  case TYTO_ENTRY_RUN_END:
    return self->run->id;
  case TYTO_ENTRY_GAP:
  case TYTO_ENTRY_GAP_MOVE:
  case TYTO_ENTRY_GAP_END:
    return self->gap->reason;
  case TYTO_ENTRY_WISH:
    return self->wish->end_us < 0 ? "recording wanted" : "recording no longer wanted";
  default:
    return "camera";
  }
}

/* A copy of the gap for the catalogue's thread: ours may be ended while that one reads. */
static TytoGap *
snapshot_gap (const TytoGap *gap)
{
  TytoGap *copy = tyto_gap_new (gap->camera, gap->stream, gap->start_us, gap->reason, gap->detail);

  copy->end_us = gap->end_us;
  copy->packets_lost = gap->packets_lost;
  copy->frames_lost = gap->frames_lost;
  return copy;
}

void
tyto_entry_submit_async (TytoEntry *self, TytoCatalogue *catalogue, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  g_autoptr (TytoGap) gap = NULL;

  switch (self->kind) {
  case TYTO_ENTRY_CAMERA:
    tyto_catalogue_enter_camera_async (catalogue, self->camera, self->name, NULL, callback,
                                       user_data);
    break;
  case TYTO_ENTRY_RUN:
    tyto_catalogue_enter_run_async (catalogue, self->run, NULL, callback, user_data);
    break;
  case TYTO_ENTRY_RUN_END:
    tyto_catalogue_end_run_async (catalogue, self->run, NULL, callback, user_data);
    break;
  case TYTO_ENTRY_OPEN_SEGMENT:
    tyto_catalogue_open_segment_async (catalogue, self->segment, NULL, callback, user_data);
    break;
  case TYTO_ENTRY_SEGMENT:
    tyto_catalogue_enter_segment_async (catalogue, self->segment, NULL, callback, user_data);
    break;
  case TYTO_ENTRY_THUMBNAIL:
    tyto_catalogue_enter_thumbnail_async (
        catalogue, self->camera, tyto_dict_int (self->thumbnail, "wall", tyto_time_now ()),
        tyto_dict_string (self->thumbnail, "path", ""),
        tyto_dict_uint (self->thumbnail, "bytes", 0), NULL, callback, user_data);
    break;
  case TYTO_ENTRY_GAP:
    gap = snapshot_gap (self->gap);
    tyto_catalogue_enter_gap_async (catalogue, gap, NULL, callback, user_data);
    break;
  case TYTO_ENTRY_GAP_MOVE:
    tyto_catalogue_move_gap_start_async (catalogue, self->gap->id, self->gap->start_us, NULL,
                                         callback, user_data);
    break;
  case TYTO_ENTRY_GAP_END:
    tyto_catalogue_finish_gap_async (catalogue, self->gap, NULL, callback, user_data);
    break;
  case TYTO_ENTRY_WISH:
    if (self->wish->end_us < 0)
      tyto_catalogue_begin_wish_async (catalogue, self->camera, self->wish->stream,
                                       self->wish->start_us, NULL, callback, user_data);
    else
      tyto_catalogue_end_wish_async (catalogue, self->camera, self->wish->stream,
                                     self->wish->end_us, NULL, callback, user_data);
    break;
  }
}

gboolean
tyto_entry_submit_finish (TytoEntry *self, TytoCatalogue *catalogue, GAsyncResult *result,
                          GError **error)
{
  gint64 id;

  if (self->kind != TYTO_ENTRY_GAP)
    return tyto_catalogue_enter_finish (catalogue, result, error);
  id = tyto_catalogue_enter_gap_finish (catalogue, result, error);
  if (id < 0)
    return FALSE;
  self->gap->id = id;
  return TRUE;
}
