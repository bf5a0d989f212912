/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-memory.h"

#include "base/tyto-dict-digest.h"
#include "base/tyto-json.h"

struct _TytoCaptureMemory {
  GVariant *settings; /* without the password */
  char *digest;       /* with it; "" while being let go */
  char *state;
  GVariant *details;
  GVariant *run;     /* nullable: as RunStarted */
  GVariant *segment; /* nullable: as SegmentOpened */
};

/* What differs from one start of the same camera to the next. */
static const char *const of_the_moment[] = { "connect-delay", "not-before", NULL };

TytoCaptureMemory *
tyto_capture_memory_new (GVariant *settings)
{
  TytoCaptureMemory *self = g_new0 (TytoCaptureMemory, 1);
  g_autoptr (GVariantDict) shown = g_variant_dict_new (settings);

  g_variant_dict_remove (shown, "password");
  self->settings = g_variant_ref_sink (g_variant_dict_end (shown));
  self->digest = tyto_dict_digest (settings, of_the_moment);
  self->state = g_strdup ("connecting");
  self->details = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  return self;
}

void
tyto_capture_memory_free (TytoCaptureMemory *self)
{
  g_variant_unref (self->settings);
  g_variant_unref (self->details);
  g_clear_pointer (&self->run, g_variant_unref);
  g_clear_pointer (&self->segment, g_variant_unref);
  g_free (self->digest);
  g_free (self->state);
  g_free (self);
}

static void
replace (GVariant **member, GVariant *dict)
{
  g_clear_pointer (member, g_variant_unref);
  if (dict != NULL)
    *member = g_variant_ref (dict);
}

void
tyto_capture_memory_take_state (TytoCaptureMemory *self, const char *state, GVariant *details)
{
  g_free (self->state);
  self->state = g_strdup (state);
  replace (&self->details, details);
}

/* The next segment may be open before the one before it is finished. */
static void
close_segment (TytoCaptureMemory *self, GVariant *dict)
{
  if (self->segment != NULL
      && g_str_equal (tyto_dict_string (self->segment, "path", ""),
                      tyto_dict_string (dict, "path", "")))
    replace (&self->segment, NULL);
}

void
tyto_capture_memory_take_news (TytoCaptureMemory *self, TytoWorkerNewsKind kind, GVariant *dict)
{
  switch (kind) {
  case TYTO_WORKER_NEWS_RUN_STARTED:
    replace (&self->run, dict);
    break;
  case TYTO_WORKER_NEWS_RUN_ENDED:
    replace (&self->run, NULL);
    replace (&self->segment, NULL);
    break;
  case TYTO_WORKER_NEWS_SEGMENT_OPENED:
    replace (&self->segment, dict);
    break;
  case TYTO_WORKER_NEWS_SEGMENT_CLOSED:
    close_segment (self, dict);
    break;
  case TYTO_WORKER_NEWS_GAP:
  case TYTO_WORKER_NEWS_THUMBNAIL_TAKEN:
    break;
  }
}

void
tyto_capture_memory_let_go (TytoCaptureMemory *self)
{
  g_free (self->digest);
  self->digest = g_strdup ("");
}

const char *
tyto_capture_memory_get_state (TytoCaptureMemory *self, GVariant **details)
{
  *details = g_variant_ref (self->details);
  return self->state;
}

GVariant *
tyto_capture_memory_to_variant (TytoCaptureMemory *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "settings", self->settings);
  g_variant_dict_insert (&dict, "settings-digest", "s", self->digest);
  g_variant_dict_insert (&dict, "state", "s", self->state);
  g_variant_dict_insert_value (&dict, "details", self->details);
  if (self->run != NULL)
    g_variant_dict_insert_value (&dict, "run", self->run);
  if (self->segment != NULL)
    g_variant_dict_insert_value (&dict, "segment", self->segment);
  return g_variant_dict_end (&dict);
}
