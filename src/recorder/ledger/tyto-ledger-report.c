/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/ledger/tyto-ledger-report.h"

#include "base/tyto-time.h"
#include "recorder/ledger/tyto-ledger-items.h"

/* Shorter holes are the distance between two frames and its jitter. */
#define HOLE_US G_USEC_PER_SEC
/* No first frame may be waited for longer without a connect that fails, or groups of pictures that
 * are shorter. */
#define STARTING_US (120 * (gint64) G_USEC_PER_SEC)

struct _TytoLedgerReport {
  char *camera;
  gint64 from_us;
  gint64 to_us;
  gint64 expired_us;       /* -1: nothing */
  GPtrArray *wishes;       /* (element-type TytoWish) */
  GPtrArray *beside;       /* (element-type TytoGap): beside the segments */
  GPtrArray *slow;         /* (element-type TytoGap): left out of segments */
  GPtrArray *losses;       /* (element-type TytoGap): packets lost */
  GPtrArray *segments;     /* (element-type TytoSegment) */
  const TytoSegment *open; /* nullable: one of them */
  TytoLedgerItems *items;
};

TytoLedgerReport *
tyto_ledger_report_new (const char *camera, gint64 from_us, gint64 to_us)
{
  TytoLedgerReport *self = g_new0 (TytoLedgerReport, 1);

  self->camera = g_strdup (camera);
  self->from_us = from_us;
  self->to_us = MAX (to_us, from_us);
  self->expired_us = -1;
  self->wishes = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_wish_unref);
  self->beside = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_gap_unref);
  self->slow = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_gap_unref);
  self->losses = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_gap_unref);
  self->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_segment_unref);
  self->items = tyto_ledger_items_new ();
  return self;
}

void
tyto_ledger_report_free (TytoLedgerReport *self)
{
  g_free (self->camera);
  g_ptr_array_unref (self->wishes);
  g_ptr_array_unref (self->beside);
  g_ptr_array_unref (self->slow);
  g_ptr_array_unref (self->losses);
  g_ptr_array_unref (self->segments);
  tyto_ledger_items_free (self->items);
  g_free (self);
}

void
tyto_ledger_report_add_wish (TytoLedgerReport *self, TytoWish *wish)
{
  g_ptr_array_add (self->wishes, tyto_wish_ref (wish));
}

void
tyto_ledger_report_add_gap (TytoLedgerReport *self, TytoGap *gap)
{
  GPtrArray *rows = self->beside;

  if (g_str_equal (gap->reason, "packet-loss"))
    rows = self->losses;
  else if (g_str_equal (gap->reason, "disk-slow"))
    rows = self->slow;
  g_ptr_array_add (rows, tyto_gap_ref (gap));
}

void
tyto_ledger_report_add_segment (TytoLedgerReport *self, TytoSegment *segment, gboolean is_open)
{
  if (is_open)
    self->open = segment;
  g_ptr_array_add (self->segments, tyto_segment_ref (segment));
}

void
tyto_ledger_report_set_expired (TytoLedgerReport *self, gint64 expired_us)
{
  self->expired_us = expired_us;
}

static int
order (gint64 a, gint64 b)
{
  return a < b ? -1 : a > b;
}

static int
compare_wishes (gconstpointer a, gconstpointer b)
{
  return order ((*(TytoWish *const *) a)->start_us, (*(TytoWish *const *) b)->start_us);
}

static int
compare_gaps (gconstpointer a, gconstpointer b)
{
  return order ((*(TytoGap *const *) a)->start_us, (*(TytoGap *const *) b)->start_us);
}

static int
compare_segments (gconstpointer a, gconstpointer b)
{
  return order ((*(TytoSegment *const *) a)->start_us, (*(TytoSegment *const *) b)->start_us);
}

/* The end of a row, which -1 says is still to come. */
static gint64
end_of (const TytoLedgerReport *self, gint64 end_us)
{
  return end_us >= 0 ? end_us : self->to_us;
}

/* Time that is wanted and of which no row tells. */
static void
fill_wanted (TytoLedgerReport *self, const TytoWish *wish, gint64 start_us, gint64 end_us)
{
  gint64 limit_us = wish->start_us + STARTING_US;
  gboolean is_first = start_us - wish->start_us < HOLE_US || start_us == self->from_us;

  if (is_first && start_us < limit_us) {
    tyto_ledger_items_add_starting (self->items, start_us, MIN (end_us, limit_us));
    start_us = MIN (end_us, limit_us);
  }
  if (start_us >= end_us)
    return;
  if (end_us - start_us < HOLE_US && tyto_ledger_items_extend (self->items, end_us))
    return;
  tyto_ledger_items_add_plain (self->items, "unaccounted", start_us, end_us);
}

static void
fill_unwanted (TytoLedgerReport *self, gint64 start_us, gint64 end_us)
{
  /* Between two segments of a time of which no wish is known any more. */
  if (end_us - start_us < HOLE_US && tyto_ledger_items_extend (self->items, end_us))
    return;
  tyto_ledger_items_add_plain (self->items, "off", start_us, end_us);
}

/* Time without segment or gap. */
static void
fill_with_wishes (TytoLedgerReport *self, gint64 start_us, gint64 end_us)
{
  if (start_us < MIN (self->expired_us, end_us)) {
    tyto_ledger_items_add_plain (self->items, "expired", start_us, MIN (self->expired_us, end_us));
    start_us = MIN (self->expired_us, end_us);
  }
  for (guint i = 0; i < self->wishes->len && start_us < end_us; i++) {
    const TytoWish *wish = self->wishes->pdata[i];
    gint64 wish_end_us = MIN (end_of (self, wish->end_us), end_us);

    if (wish->start_us >= end_us)
      break;
    if (wish_end_us <= start_us)
      continue;
    if (wish->start_us > start_us) {
      fill_unwanted (self, start_us, wish->start_us);
      start_us = wish->start_us;
    }
    fill_wanted (self, wish, start_us, wish_end_us);
    start_us = wish_end_us;
  }
  if (start_us < end_us)
    fill_unwanted (self, start_us, end_us);
}

/* Time without a segment. @next: (inout): the first gap that may reach into it */
static void
fill_with_gaps (TytoLedgerReport *self, guint *next, gint64 start_us, gint64 end_us)
{
  for (guint i = *next; i < self->beside->len && start_us < end_us; i++) {
    const TytoGap *gap = self->beside->pdata[i];
    gint64 gap_end_us = end_of (self, gap->end_us);

    if (gap->start_us >= end_us)
      break;
    if (gap_end_us <= start_us) {
      if (i == *next)
        ++*next;
      continue;
    }
    if (gap->start_us > start_us)
      fill_with_wishes (self, start_us, gap->start_us);
    start_us = MAX (start_us, gap->start_us);
    if (g_str_equal (gap->reason, "deleted"))
      tyto_ledger_items_add_plain (self->items, "expired", start_us, MIN (gap_end_us, end_us));
    else
      tyto_ledger_items_add_gap (self->items, gap, start_us, MIN (gap_end_us, end_us));
    start_us = MIN (gap_end_us, end_us);
  }
  fill_with_wishes (self, start_us, end_us);
}

/* A segment's time, what the disk was too slow for left out. */
static void
fill_with_segment (TytoLedgerReport *self, const TytoSegment *segment, gint64 start_us,
                   gint64 end_us)
{
  gboolean is_open = segment == self->open;
  gboolean counted = FALSE;

  for (guint i = 0; i < self->slow->len && start_us < end_us; i++) {
    const TytoGap *gap = self->slow->pdata[i];
    gint64 gap_end_us = MIN (end_of (self, gap->end_us), end_us);

    if (gap->start_us >= end_us)
      break;
    if (gap_end_us <= start_us)
      continue;
    if (gap->start_us > start_us) {
      tyto_ledger_items_add_segment (self->items, segment, start_us, gap->start_us, counted, FALSE);
      counted = TRUE;
      start_us = gap->start_us;
    }
    tyto_ledger_items_add_gap (self->items, gap, start_us, gap_end_us);
    start_us = gap_end_us;
  }
  if (start_us < end_us)
    tyto_ledger_items_add_segment (self->items, segment, start_us, end_us, counted, is_open);
}

static void
fill (TytoLedgerReport *self)
{
  gint64 at_us = self->from_us;
  guint next_gap = 0;

  for (guint i = 0; i < self->segments->len && at_us < self->to_us; i++) {
    const TytoSegment *segment = self->segments->pdata[i];
    gint64 start_us = MAX (segment->start_us, at_us);
    gint64 end_us = MIN (end_of (self, segment->end_us), self->to_us);

    if (end_us <= start_us)
      continue;
    if (start_us > at_us)
      fill_with_gaps (self, &next_gap, at_us, start_us);
    fill_with_segment (self, segment, start_us, end_us);
    at_us = end_us;
  }
  if (at_us < self->to_us)
    fill_with_gaps (self, &next_gap, at_us, self->to_us);
}

GVariant *
tyto_ledger_report_make (TytoLedgerReport *self)
{
  g_autofree char *from = tyto_time_format (self->from_us);
  g_autofree char *to = tyto_time_format (self->to_us);
  GVariantDict dict;

  g_ptr_array_sort (self->wishes, compare_wishes);
  g_ptr_array_sort (self->beside, compare_gaps);
  g_ptr_array_sort (self->slow, compare_gaps);
  g_ptr_array_sort (self->losses, compare_gaps);
  g_ptr_array_sort (self->segments, compare_segments);
  fill (self);
  for (guint i = 0; i < self->losses->len; i++) {
    const TytoGap *gap = self->losses->pdata[i];

    tyto_ledger_items_add_loss (self->items, gap, MAX (gap->start_us, self->from_us),
                                MIN (end_of (self, gap->end_us), self->to_us));
  }

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "camera", "s", self->camera);
  g_variant_dict_insert (&dict, "from", "s", from);
  g_variant_dict_insert (&dict, "to", "s", to);
  tyto_ledger_items_insert (self->items, &dict);
  return g_variant_dict_end (&dict);
}
