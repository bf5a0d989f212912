/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-bucket-view.h"

#include "collector/tyto-name-order.h"
#include "store/s3/tyto-s3-records.h"

#include <string.h>

#define HELD_US      (10 * G_USEC_PER_SEC)
#define LARGEST_HOLE 1000

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  return tyto_name_compare ((*(TytoSourceEntry *const *) a)->name,
                            (*(TytoSourceEntry *const *) b)->name);
}

static void
take_object (TytoSourceEntry *entry, const TytoS3Object *object)
{
  g_free (entry->etag);
  entry->etag = g_strdup (object->etag);
  entry->made_us = object->modified_us;
}

static TytoSourceEntry *
make_entry (const TytoS3Object *object, const char *prefix)
{
  TytoSourceEntry *entry = tyto_source_entry_new (object->key + strlen (prefix), object->key);

  take_object (entry, object);
  return entry;
}

/* --- Beside a playlist --- */

/* What segments of @view are called, as patterns. (transfer full) */
static GHashTable *
find_patterns (const TytoSourceView *view)
{
  GHashTable *patterns = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < view->entries->len; i++)
    g_hash_table_add (
        patterns, tyto_name_pattern (((const TytoSourceEntry *) view->entries->pdata[i])->name));
  return patterns;
}

/* Keys that the playlist names, as segments or as initialization sections. (transfer full) */
static GHashTable *
find_named (const TytoSourceView *view)
{
  GHashTable *named = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < view->entries->len; i++) {
    const TytoSourceEntry *entry = view->entries->pdata[i];

    g_hash_table_add (named, entry->location);
    if (entry->map != NULL)
      g_hash_table_add (named, entry->map);
  }
  return named;
}

/* Segments among @objects that the playlist does not name, in order. (transfer full) */
static GPtrArray *
find_others (const TytoSourceView *view, GHashTable *objects, const char *prefix)
{
  g_autoptr (GHashTable) patterns = find_patterns (view);
  g_autoptr (GHashTable) named = find_named (view);
  GPtrArray *others = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key, object;

  g_hash_table_iter_init (&iter, objects);
  while (g_hash_table_iter_next (&iter, &key, &object)) {
    const char *name = (const char *) key + strlen (prefix);
    g_autofree char *pattern = tyto_name_pattern (name);

    if (tyto_name_is_segment (name) && !g_hash_table_contains (named, key)
        && g_hash_table_contains (patterns, pattern))
      g_ptr_array_add (others, make_entry (object, prefix));
  }
  g_ptr_array_sort (others, compare_entries);
  return others;
}

/* Fragments that the playlist does not name any more, or not yet, have the initialization section
 * of those beside them. */
static void
take_map (TytoSourceEntry *entry, const TytoSourceEntry *neighbour)
{
  if (neighbour == NULL || neighbour->map == NULL)
    return;
  entry->map = g_strdup (neighbour->map);
  entry->map_offset = neighbour->map_offset;
  entry->map_length = neighbour->map_length;
}

void
tyto_bucket_view_complete (TytoSourceView *view, GHashTable *objects, const char *prefix)
{
  const TytoSourceEntry *first = view->entries->len > 0 ? view->entries->pdata[0] : NULL;
  g_autoptr (GPtrArray) others = NULL;
  g_autoptr (GPtrArray) listed = view->entries;
  guint i = 0;

  for (guint n = 0; n < listed->len; n++) {
    TytoSourceEntry *entry = listed->pdata[n];
    const TytoS3Object *object = g_hash_table_lookup (objects, entry->location);

    if (object != NULL && entry->length < 0)
      take_object (entry, object);
  }
  others = find_others (view, objects, prefix);
  view->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_source_entry_free);
  for (; i < others->len && first != NULL && compare_entries (&others->pdata[i], &first) < 0; i++) {
    take_map (others->pdata[i], first);
    g_ptr_array_add (view->entries, others->pdata[i]);
  }
  g_ptr_array_set_free_func (listed, NULL);
  for (guint n = 0; n < listed->len; n++)
    g_ptr_array_add (view->entries, listed->pdata[n]);
  for (; i < others->len; i++) {
    ((TytoSourceEntry *) others->pdata[i])->trailing = TRUE;
    take_map (others->pdata[i], listed->len > 0 ? listed->pdata[listed->len - 1] : NULL);
    g_ptr_array_add (view->entries, others->pdata[i]);
  }
}

/* --- Without one --- */

static char *
folder_of (const char *name)
{
  return tyto_name_folder (name);
}

static char *
pattern_of (const char *name)
{
  return tyto_name_pattern (name);
}

/* The group of @entries, by what @group makes of their names, that has most; its number. (transfer
 * full) */
static char *
largest_group (GPtrArray *entries, char *(*group) (const char *name), guint *most)
{
  g_autoptr (GHashTable) counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  char *largest = NULL;

  *most = 0;
  for (guint i = 0; i < entries->len; i++) {
    char *name = group (((const TytoSourceEntry *) entries->pdata[i])->name);
    guint count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, name)) + 1;

    if (count > *most || (count == *most && g_strcmp0 (name, largest) < 0)) {
      g_free (largest);
      largest = g_strdup (name);
    }
    *most = MAX (*most, count);
    g_hash_table_replace (counts, name, GUINT_TO_POINTER (count));
  }
  return largest;
}

/* Leaves the largest group in @entries; of groups of one each, all. */
static void
keep_largest (GPtrArray *entries, char *(*group) (const char *name))
{
  guint most;
  g_autofree char *largest = largest_group (entries, group, &most);

  for (guint i = entries->len; i > 0 && most > 1; i--) {
    g_autofree char *name = group (((const TytoSourceEntry *) entries->pdata[i - 1])->name);

    if (g_strcmp0 (name, largest) != 0)
      g_ptr_array_remove_index (entries, i - 1);
  }
}

static gboolean
is_init (const char *name)
{
  return g_str_has_suffix (name, ".mp4") && strstr (tyto_name_base (name), "init") != NULL;
}

/* The initialization section of fragments that need one is called init….mp4. */
static void
find_map (GPtrArray *entries)
{
  g_autofree char *map = NULL;

  for (guint i = entries->len; i > 0; i--) {
    const TytoSourceEntry *entry = entries->pdata[i - 1];

    if (is_init (entry->name)) {
      g_free (map);
      map = g_strdup (entry->location);
      g_ptr_array_remove_index (entries, i - 1);
    }
  }
  for (guint i = 0; i < entries->len && map != NULL; i++)
    ((TytoSourceEntry *) entries->pdata[i])->map = g_strdup (map);
}

/* How many numbers are passed over between two names, where they went on by one before. */
static guint64
hole_between (const TytoSourceEntry *before, const TytoSourceEntry *entry, guint64 step)
{
  guint64 from, to;

  if (step != 1 || !tyto_name_number (before->name, &from) || !tyto_name_number (entry->name, &to)
      || to <= from + 1 || to - from - 1 > LARGEST_HOLE)
    return 0;
  return to - from - 1;
}

static guint64
step_between (const TytoSourceEntry *before, const TytoSourceEntry *entry)
{
  guint64 from, to;

  return tyto_name_number (before->name, &from) && tyto_name_number (entry->name, &to) && to > from
             ? to - from
             : 0;
}

/* Marks holes; what is behind one that may still be filled is taken away. */
static void
find_holes (GPtrArray *entries, GHashTable *held, gint64 now_us)
{
  guint64 step = 0;

  for (guint i = 1; i < entries->len; i++) {
    TytoSourceEntry *entry = entries->pdata[i];
    gint64 *first;

    entry->skipped = hole_between (entries->pdata[i - 1], entry, step);
    if (entry->skipped == 0) {
      step = step_between (entries->pdata[i - 1], entry);
      continue;
    }
    if (held == NULL)
      continue;
    first = g_hash_table_lookup (held, entry->name);
    if (first == NULL) {
      first = g_memdup2 (&now_us, sizeof now_us);
      g_hash_table_replace (held, g_strdup (entry->name), first);
    }
    if (now_us - *first < HELD_US) {
      g_ptr_array_set_size (entries, (int) i);
      return;
    }
  }
}

TytoSourceView *
tyto_bucket_view_new (GHashTable *objects, const char *prefix, GHashTable *held, gint64 now_us)
{
  TytoSourceView *view = tyto_source_view_new (0);
  GHashTableIter iter;
  gpointer key, object;

  g_hash_table_iter_init (&iter, objects);
  while (g_hash_table_iter_next (&iter, &key, &object))
    if (tyto_name_is_segment (key))
      g_ptr_array_add (view->entries, make_entry (object, prefix));
  keep_largest (view->entries, folder_of);
  find_map (view->entries);
  keep_largest (view->entries, pattern_of);
  g_ptr_array_sort (view->entries, compare_entries);
  find_holes (view->entries, held, now_us);
  view->whole = TRUE;
  return view;
}
