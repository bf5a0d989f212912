/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/ledger/tyto-ledger-items.h"

#include "base/tyto-time.h"

/* A segment begins up to a frame and its jitter after the one before has ended. */
#define JOIN_US (G_USEC_PER_SEC / 10)

typedef struct {
  const char *state; /* static */
  gint64 start_us;
  gint64 end_us;
  gboolean is_open;
  /* gap */
  char *reason; /* nullable */
  char *detail;
  gint64 gap; /* 0: no row */
  guint64 frames_lost;
  /* recorded */
  char *run; /* nullable */
  char *first_segment;
  guint64 segments;
  guint64 frames;
  guint64 frames_missing;
  guint64 packets_lost;
} Item;

struct _TytoLedgerItems {
  GPtrArray *items;  /* (element-type Item) */
  GPtrArray *losses; /* (element-type Item) */
};

static void
item_free (gpointer data)
{
  Item *item = data;

  g_free (item->reason);
  g_free (item->detail);
  g_free (item->run);
  g_free (item->first_segment);
  g_free (item);
}

TytoLedgerItems *
tyto_ledger_items_new (void)
{
  TytoLedgerItems *self = g_new0 (TytoLedgerItems, 1);

  self->items = g_ptr_array_new_with_free_func (item_free);
  self->losses = g_ptr_array_new_with_free_func (item_free);
  return self;
}

void
tyto_ledger_items_free (TytoLedgerItems *self)
{
  g_ptr_array_unref (self->items);
  g_ptr_array_unref (self->losses);
  g_free (self);
}

static Item *
get_last (TytoLedgerItems *self)
{
  return self->items->len > 0 ? self->items->pdata[self->items->len - 1] : NULL;
}

static Item *
add (GPtrArray *items, const char *state, gint64 start_us, gint64 end_us)
{
  Item *item = g_new0 (Item, 1);

  item->state = state;
  item->start_us = start_us;
  item->end_us = end_us;
  g_ptr_array_add (items, item);
  return item;
}

void
tyto_ledger_items_add_plain (TytoLedgerItems *self, const char *state, gint64 start_us,
                             gint64 end_us)
{
  Item *last = get_last (self);

  if (last != NULL && last->end_us == start_us && g_str_equal (last->state, state))
    last->end_us = end_us;
  else
    add (self->items, state, start_us, end_us);
}

void
tyto_ledger_items_add_starting (TytoLedgerItems *self, gint64 start_us, gint64 end_us)
{
  Item *item = add (self->items, "gap", start_us, end_us);

  item->reason = g_strdup ("starting");
  item->detail = g_strdup ("the first frame had not come yet");
}

static Item *
add_gap (GPtrArray *items, const TytoGap *gap, gint64 start_us, gint64 end_us)
{
  Item *item = add (items, "gap", start_us, end_us);

  item->reason = g_strdup (gap->reason);
  item->detail = g_strdup (gap->detail);
  item->gap = gap->id;
  item->is_open = gap->end_us < 0;
  item->frames_lost = gap->frames_lost;
  item->packets_lost = gap->packets_lost;
  return item;
}

void
tyto_ledger_items_add_gap (TytoLedgerItems *self, const TytoGap *gap, gint64 start_us,
                           gint64 end_us)
{
  Item *last = get_last (self);

  if (end_us <= start_us)
    return;
  /* The same row, cut by the end of a segment. */
  if (last != NULL && last->gap == gap->id && last->gap > 0 && last->end_us == start_us)
    last->end_us = end_us;
  else
    add_gap (self->items, gap, start_us, end_us);
}

void
tyto_ledger_items_add_loss (TytoLedgerItems *self, const TytoGap *gap, gint64 start_us,
                            gint64 end_us)
{
  if (end_us >= start_us)
    add_gap (self->losses, gap, start_us, end_us);
}

void
tyto_ledger_items_add_segment (TytoLedgerItems *self, const TytoSegment *segment, gint64 start_us,
                               gint64 end_us, gboolean counted, gboolean is_open)
{
  Item *last = get_last (self);
  gboolean joins = last != NULL && last->run != NULL && g_str_equal (last->run, segment->run)
                   && start_us - last->end_us < JOIN_US;

  if (joins) {
    last->end_us = end_us;
  } else {
    last = add (self->items, "recorded", start_us, end_us);
    last->run = g_strdup (segment->run);
    last->first_segment = g_strdup (segment->id);
  }
  last->is_open = is_open;
  if (counted)
    return;
  last->segments++;
  last->frames += segment->frames;
  last->frames_missing += segment->frames_missing;
  last->packets_lost += segment->packets_lost;
}

gboolean
tyto_ledger_items_extend (TytoLedgerItems *self, gint64 end_us)
{
  Item *last = get_last (self);

  if (last == NULL || g_str_equal (last->state, "off"))
    return FALSE;
  last->end_us = end_us;
  return TRUE;
}

/* --- As the API shows it --- */

static double
seconds (gint64 us)
{
  return (double) us / G_USEC_PER_SEC;
}

static void
put_time (GVariantDict *dict, const char *key, gint64 wall_us)
{
  g_autofree char *text = tyto_time_format (wall_us);

  g_variant_dict_insert (dict, key, "s", text);
}

static void
put_span (GVariantDict *dict, const Item *item)
{
  put_time (dict, "start", item->start_us);
  put_time (dict, "end", item->end_us);
  g_variant_dict_insert (dict, "duration", "d", seconds (item->end_us - item->start_us));
}

static GVariant *
show (const Item *item)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "state", "s", item->state);
  put_span (&dict, item);
  if (item->run != NULL) {
    g_variant_dict_insert (&dict, "run", "s", item->run);
    g_variant_dict_insert (&dict, "first_segment", "s", item->first_segment);
    g_variant_dict_insert (&dict, "segments", "t", item->segments);
    g_variant_dict_insert (&dict, "frames", "t", item->frames);
    g_variant_dict_insert (&dict, "frames_missing", "t", item->frames_missing);
    g_variant_dict_insert (&dict, "packets_lost", "t", item->packets_lost);
    g_variant_dict_insert (&dict, "open", "b", item->is_open);
  }
  if (item->reason != NULL) {
    g_variant_dict_insert (&dict, "reason", "s", item->reason);
    g_variant_dict_insert (&dict, "detail", "s", item->detail);
    g_variant_dict_insert (&dict, "frames_lost", "t", item->frames_lost);
    g_variant_dict_insert (&dict, "open", "b", item->is_open);
    if (item->gap > 0)
      g_variant_dict_insert (&dict, "gap", "x", item->gap);
  }
  return g_variant_dict_end (&dict);
}

static GVariant *
show_loss (const Item *item)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "reason", "s", item->reason);
  put_span (&dict, item);
  g_variant_dict_insert (&dict, "packets_lost", "t", item->packets_lost);
  g_variant_dict_insert (&dict, "frames_lost", "t", item->frames_lost);
  if (item->gap > 0)
    g_variant_dict_insert (&dict, "gap", "x", item->gap);
  return g_variant_dict_end (&dict);
}

static GVariant *
show_all (GPtrArray *items, GVariant *(*show_item) (const Item *item))
{
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < items->len; i++)
    g_variant_builder_add_value (&list, show_item (items->pdata[i]));
  return g_variant_builder_end (&list);
}

typedef struct {
  gint64 recorded_us;
  gint64 off_us;
  gint64 expired_us;
  gint64 unaccounted_us;
  gint64 gap_us;
  GHashTable *gaps; /* (element-type utf8 double): reason → s; keys are the items' */
  guint64 frames;
  guint64 frames_missing;
  guint64 frames_lost;
} Sums;

static void
count_gap (Sums *sums, const Item *item)
{
  double *total = g_hash_table_lookup (sums->gaps, item->reason);

  if (total == NULL) {
    total = g_new0 (double, 1);
    g_hash_table_insert (sums->gaps, item->reason, total);
  }
  *total += seconds (item->end_us - item->start_us);
  sums->gap_us += item->end_us - item->start_us;
  sums->frames_lost += item->frames_lost;
}

static void
count (Sums *sums, const Item *item)
{
  gint64 length_us = item->end_us - item->start_us;

  if (item->reason != NULL) {
    count_gap (sums, item);
  } else if (item->run != NULL) {
    sums->recorded_us += length_us;
    sums->frames += item->frames;
    sums->frames_missing += item->frames_missing;
  } else if (g_str_equal (item->state, "off")) {
    sums->off_us += length_us;
  } else if (g_str_equal (item->state, "expired")) {
    sums->expired_us += length_us;
  } else {
    sums->unaccounted_us += length_us;
  }
}

static GVariant *
show_gaps (const Sums *sums)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GList) reasons
      = g_list_sort (g_hash_table_get_keys (sums->gaps), (GCompareFunc) strcmp);

  for (GList *l = reasons; l != NULL; l = l->next) {
    const double *total = g_hash_table_lookup (sums->gaps, l->data);

    g_variant_builder_add (&dict, "{sv}", l->data, g_variant_new_double (*total));
  }
  return g_variant_builder_end (&dict);
}

static GVariant *
show_sums (const Sums *sums)
{
  gint64 wanted_us = sums->recorded_us + sums->gap_us + sums->unaccounted_us;
  guint64 missed = sums->frames_missing + sums->frames_lost;
  guint64 sent = sums->frames + missed;
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "wanted", "d", seconds (wanted_us));
  g_variant_dict_insert (&dict, "recorded", "d", seconds (sums->recorded_us));
  g_variant_dict_insert (&dict, "gap", "d", seconds (sums->gap_us));
  g_variant_dict_insert (&dict, "off", "d", seconds (sums->off_us));
  g_variant_dict_insert (&dict, "expired", "d", seconds (sums->expired_us));
  g_variant_dict_insert (&dict, "unaccounted", "d", seconds (sums->unaccounted_us));
  g_variant_dict_insert_value (&dict, "gaps", show_gaps (sums));
  if (wanted_us > 0)
    g_variant_dict_insert (&dict, "coverage", "d", (double) sums->recorded_us / (double) wanted_us);
  g_variant_dict_insert (&dict, "frames_recorded", "t", sums->frames);
  g_variant_dict_insert (&dict, "frames_missing", "t", sums->frames_missing);
  g_variant_dict_insert (&dict, "frames_lost", "t", sums->frames_lost);
  g_variant_dict_insert (&dict, "frame_loss_percent", "d",
                         sent > 0 ? 100.0 * (double) missed / (double) sent : 0.0);
  return g_variant_dict_end (&dict);
}

void
tyto_ledger_items_insert (TytoLedgerItems *self, GVariantDict *dict)
{
  Sums sums = { .gaps = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free) };
  guint64 missing_told = 0;

  for (guint i = 0; i < self->items->len; i++)
    count (&sums, self->items->pdata[i]);
  /* A segment counts what is told of it as well. */
  for (guint i = 0; i < self->losses->len; i++)
    missing_told += ((const Item *) self->losses->pdata[i])->frames_lost;
  sums.frames_missing = MAX (sums.frames_missing, missing_told);
  g_variant_dict_insert_value (dict, "items", show_all (self->items, show));
  g_variant_dict_insert_value (dict, "losses", show_all (self->losses, show_loss));
  g_variant_dict_insert_value (dict, "summary", show_sums (&sums));
  g_hash_table_unref (sums.gaps);
}
