/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-job.h"

TytoCatalogueJob *
tyto_catalogue_job_new (TytoCataloguePerform perform, gboolean writes)
{
  TytoCatalogueJob *self = g_new0 (TytoCatalogueJob, 1);

  self->perform = perform;
  self->writes = writes;
  return self;
}

void
tyto_catalogue_job_free (TytoCatalogueJob *self)
{
  tyto_catalogue_job_clear_result (self);
  g_free (self->camera);
  g_free (self->stream);
  g_free (self->id);
  g_free (self->reason);
  g_free (self->detail);
  g_free (self->key);
  g_clear_pointer (&self->run, tyto_run_unref);
  g_clear_pointer (&self->segment, tyto_segment_unref);
  g_clear_pointer (&self->gap, tyto_gap_unref);
  g_clear_pointer (&self->delivery, tyto_delivery_unref);
  g_clear_pointer (&self->clip, tyto_clip_unref);
  g_clear_pointer (&self->broadcast, tyto_broadcast_unref);
  g_clear_pointer (&self->gaps, g_ptr_array_unref);
  g_clear_pointer (&self->changes, tyto_changes_free);
  g_free ((char *) self->query.camera);
  g_free ((char *) self->query.cursor);
  g_free ((char *) self->broadcast_query.status);
  g_free ((char *) self->broadcast_query.stream_id);
  g_free ((char *) self->broadcast_query.stream_key);
  g_free ((char *) self->broadcast_query.user_id);
  g_free ((char *) self->broadcast_query.cursor);
  g_strfreev (self->only);
  g_strfreev (self->but);
  g_free (self);
}

void
tyto_catalogue_job_set_query (TytoCatalogueJob *self, const TytoCatalogueQuery *query)
{
  self->query = *query;
  self->query.camera = g_strdup (query->camera);
  self->query.cursor = g_strdup (query->cursor);
}

void
tyto_catalogue_job_set_broadcast_query (TytoCatalogueJob *self, const TytoBroadcastQuery *query)
{
  self->broadcast_query = *query;
  self->broadcast_query.status = g_strdup (query->status);
  self->broadcast_query.stream_id = g_strdup (query->stream_id);
  self->broadcast_query.stream_key = g_strdup (query->stream_key);
  self->broadcast_query.user_id = g_strdup (query->user_id);
  self->broadcast_query.cursor = g_strdup (query->cursor);
}

void
tyto_catalogue_job_clear_result (TytoCatalogueJob *self)
{
  g_clear_error (&self->error);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->record, tyto_segment_unref);
  g_clear_pointer (&self->text, g_free);
  self->number = 0;
}
