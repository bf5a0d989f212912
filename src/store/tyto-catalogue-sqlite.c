/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-sqlite.h"

#include "store/tyto-sqlite-deliveries.h"
#include "store/tyto-sqlite-entry.h"
#include "store/tyto-sqlite-listing.h"
#include "store/tyto-sqlite-migration.h"
#include "store/tyto-sqlite-upkeep.h"
#include "store/tyto-sqlite-wishes.h"
#include "store/tyto-sqlite.h"

struct _TytoCatalogueSqlite {
  TytoCatalogue parent_instance;

  char *path;
  TytoSqlite *db; /* nullable: while closed; of the catalogue's thread only */
};

G_DEFINE_FINAL_TYPE (TytoCatalogueSqlite, tyto_catalogue_sqlite, TYTO_TYPE_CATALOGUE)

static TytoSqlite *
get_db (TytoCatalogue *catalogue)
{
  return TYTO_CATALOGUE_SQLITE (catalogue)->db;
}

static gboolean
open_database (TytoCatalogue *catalogue, GError **error)
{
  TytoCatalogueSqlite *self = TYTO_CATALOGUE_SQLITE (catalogue);
  g_autoptr (TytoSqlite) db = tyto_sqlite_open (self->path, error);

  if (db == NULL || !tyto_sqlite_migrate (db, self->path, error))
    return FALSE;
  self->db = g_steal_pointer (&db);
  return TRUE;
}

static void
close_database (TytoCatalogue *catalogue)
{
  g_clear_pointer (&TYTO_CATALOGUE_SQLITE (catalogue)->db, tyto_sqlite_close);
}

static gboolean
begin (TytoCatalogue *catalogue, GError **error)
{
  return tyto_sqlite_begin (get_db (catalogue), error);
}

static gboolean
commit (TytoCatalogue *catalogue, GError **error)
{
  return tyto_sqlite_commit (get_db (catalogue), error);
}

static gboolean
rollback (TytoCatalogue *catalogue)
{
  return tyto_sqlite_rollback (get_db (catalogue));
}

static gboolean
enter_camera (TytoCatalogue *catalogue, const char *camera, const char *name, GError **error)
{
  return tyto_sqlite_enter_camera (get_db (catalogue), camera, name, error);
}

static gboolean
enter_run (TytoCatalogue *catalogue, const TytoRun *run, GError **error)
{
  return tyto_sqlite_enter_run (get_db (catalogue), run, error);
}

static gboolean
end_run (TytoCatalogue *catalogue, const TytoRun *run, GError **error)
{
  return tyto_sqlite_end_run (get_db (catalogue), run, error);
}

static gboolean
enter_segment (TytoCatalogue *catalogue, const TytoSegment *segment, GError **error)
{
  return tyto_sqlite_enter_segment (get_db (catalogue), segment, error);
}

static gboolean
enter_thumbnail (TytoCatalogue *catalogue, const char *camera, gint64 taken_us, const char *path,
                 guint64 bytes, GError **error)
{
  return tyto_sqlite_enter_thumbnail (get_db (catalogue), camera, taken_us, path, bytes, error);
}

static gint64
enter_gap (TytoCatalogue *catalogue, const TytoGap *gap, GError **error)
{
  return tyto_sqlite_enter_gap (get_db (catalogue), gap, error);
}

static gboolean
end_gap (TytoCatalogue *catalogue, gint64 id, gint64 end_us, gint64 packets_lost,
         gint64 frames_lost, GError **error)
{
  return tyto_sqlite_end_gap (get_db (catalogue), id, end_us, packets_lost, frames_lost, error);
}

static GPtrArray *
list_segments (TytoCatalogue *catalogue, const TytoCatalogueQuery *query, char **next_cursor,
               GError **error)
{
  return tyto_sqlite_list_segments (get_db (catalogue), query, next_cursor, error);
}

static GPtrArray *
list_gaps (TytoCatalogue *catalogue, const TytoCatalogueQuery *query, char **next_cursor,
           GError **error)
{
  return tyto_sqlite_list_gaps (get_db (catalogue), query, next_cursor, error);
}

static TytoSegment *
get_segment (TytoCatalogue *catalogue, const char *id, GError **error)
{
  return tyto_sqlite_get_segment (get_db (catalogue), id, error);
}

static char *
latest_thumbnail (TytoCatalogue *catalogue, const char *camera, gint64 *taken_us, GError **error)
{
  return tyto_sqlite_latest_thumbnail (get_db (catalogue), camera, taken_us, error);
}

static GPtrArray *
list_totals (TytoCatalogue *catalogue, GError **error)
{
  return tyto_sqlite_list_totals (get_db (catalogue), error);
}

static gboolean
open_segment (TytoCatalogue *catalogue, const TytoSegment *segment, GError **error)
{
  return tyto_sqlite_open_segment (get_db (catalogue), segment, error);
}

static gboolean
forget_open_segment (TytoCatalogue *catalogue, const char *id, GError **error)
{
  return tyto_sqlite_forget_open_segment (get_db (catalogue), id, error);
}

static GPtrArray *
list_open_segments (TytoCatalogue *catalogue, GError **error)
{
  return tyto_sqlite_list_open_segments (get_db (catalogue), error);
}

static GPtrArray *
list_open_runs (TytoCatalogue *catalogue, GError **error)
{
  return tyto_sqlite_list_open_runs (get_db (catalogue), error);
}

static gboolean
delete_segment (TytoCatalogue *catalogue, const char *id, GError **error)
{
  return tyto_sqlite_delete_segment (get_db (catalogue), id, error);
}

static gint64
replace_segment_by_gap (TytoCatalogue *catalogue, const char *id, const char *reason,
                        const char *detail, GError **error)
{
  return tyto_sqlite_replace_segment_by_gap (get_db (catalogue), id, reason, detail, error);
}

static gboolean
set_archived (TytoCatalogue *catalogue, const char *id, gboolean archived, GError **error)
{
  return tyto_sqlite_set_archived (get_db (catalogue), id, archived, error);
}

static gboolean
move_gap_start (TytoCatalogue *catalogue, gint64 id, gint64 start_us, GError **error)
{
  return tyto_sqlite_move_gap_start (get_db (catalogue), id, start_us, error);
}

static char *
get_id (TytoCatalogue *catalogue, GError **error)
{
  return tyto_sqlite_get_id (get_db (catalogue), error);
}

static gboolean
begin_wish (TytoCatalogue *catalogue, const char *camera, const char *stream, gint64 start_us,
            GError **error)
{
  return tyto_sqlite_begin_wish (get_db (catalogue), camera, stream, start_us, error);
}

static gboolean
end_wish (TytoCatalogue *catalogue, const char *camera, const char *stream, gint64 end_us,
          GError **error)
{
  return tyto_sqlite_end_wish (get_db (catalogue), camera, stream, end_us, error);
}

static GPtrArray *
list_wishes (TytoCatalogue *catalogue, const char *camera, gint64 from_us, gint64 to_us,
             GError **error)
{
  return tyto_sqlite_list_wishes (get_db (catalogue), camera, from_us, to_us, error);
}

static GPtrArray *
list_coverage (TytoCatalogue *catalogue, gint64 from_us, gint64 to_us, GError **error)
{
  return tyto_sqlite_list_coverage (get_db (catalogue), from_us, to_us, error);
}

static gboolean
set_alive (TytoCatalogue *catalogue, gint64 now_us, GError **error)
{
  return tyto_sqlite_set_alive (get_db (catalogue), now_us, error);
}

static gboolean
get_alive (TytoCatalogue *catalogue, gint64 *alive_us, GError **error)
{
  return tyto_sqlite_get_alive (get_db (catalogue), alive_us, error);
}

static gboolean
push_delivery (TytoCatalogue *catalogue, const TytoDelivery *delivery, GError **error)
{
  return tyto_sqlite_push_delivery (get_db (catalogue), delivery, error);
}

static gboolean
update_delivery (TytoCatalogue *catalogue, const char *id, gint64 due_us, guint tries,
                 const char *last_error, GError **error)
{
  return tyto_sqlite_update_delivery (get_db (catalogue), id, due_us, tries, last_error, error);
}

static gboolean
delete_delivery (TytoCatalogue *catalogue, const char *id, GError **error)
{
  return tyto_sqlite_delete_delivery (get_db (catalogue), id, error);
}

static gboolean
next_delivery (TytoCatalogue *catalogue, const char *endpoint, gint64 now_us,
               TytoDelivery **delivery, GError **error)
{
  return tyto_sqlite_next_delivery (get_db (catalogue), endpoint, now_us, delivery, error);
}

static gboolean
count_deliveries (TytoCatalogue *catalogue, const char *endpoint, gint64 *count, GError **error)
{
  return tyto_sqlite_count_deliveries (get_db (catalogue), endpoint, count, error);
}

static gboolean
trim_deliveries (TytoCatalogue *catalogue, const char *endpoint, guint keep, gint64 *deleted,
                 GError **error)
{
  return tyto_sqlite_trim_deliveries (get_db (catalogue), endpoint, keep, deleted, error);
}

static GPtrArray *
list_delivery_endpoints (TytoCatalogue *catalogue, GError **error)
{
  return tyto_sqlite_list_delivery_endpoints (get_db (catalogue), error);
}

static void
tyto_catalogue_sqlite_finalize (GObject *object)
{
  TytoCatalogueSqlite *self = TYTO_CATALOGUE_SQLITE (object);

  g_free (self->path);
  G_OBJECT_CLASS (tyto_catalogue_sqlite_parent_class)->finalize (object);
}

static void
tyto_catalogue_sqlite_class_init (TytoCatalogueSqliteClass *klass)
{
  TytoCatalogueClass *catalogue_class = TYTO_CATALOGUE_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = tyto_catalogue_sqlite_finalize;
  catalogue_class->open = open_database;
  catalogue_class->enter_camera = enter_camera;
  catalogue_class->enter_run = enter_run;
  catalogue_class->end_run = end_run;
  catalogue_class->enter_segment = enter_segment;
  catalogue_class->enter_thumbnail = enter_thumbnail;
  catalogue_class->enter_gap = enter_gap;
  catalogue_class->end_gap = end_gap;
  catalogue_class->list_segments = list_segments;
  catalogue_class->list_gaps = list_gaps;
  catalogue_class->get_segment = get_segment;
  catalogue_class->latest_thumbnail = latest_thumbnail;
  catalogue_class->list_totals = list_totals;
  catalogue_class->open_segment = open_segment;
  catalogue_class->forget_open_segment = forget_open_segment;
  catalogue_class->list_open_segments = list_open_segments;
  catalogue_class->list_open_runs = list_open_runs;
  catalogue_class->delete_segment = delete_segment;
  catalogue_class->replace_segment_by_gap = replace_segment_by_gap;
  catalogue_class->set_archived = set_archived;
  catalogue_class->move_gap_start = move_gap_start;
  catalogue_class->get_id = get_id;
  catalogue_class->begin_wish = begin_wish;
  catalogue_class->end_wish = end_wish;
  catalogue_class->list_wishes = list_wishes;
  catalogue_class->list_coverage = list_coverage;
  catalogue_class->set_alive = set_alive;
  catalogue_class->get_alive = get_alive;
  catalogue_class->push_delivery = push_delivery;
  catalogue_class->update_delivery = update_delivery;
  catalogue_class->delete_delivery = delete_delivery;
  catalogue_class->next_delivery = next_delivery;
  catalogue_class->count_deliveries = count_deliveries;
  catalogue_class->trim_deliveries = trim_deliveries;
  catalogue_class->list_delivery_endpoints = list_delivery_endpoints;
  catalogue_class->close = close_database;
  catalogue_class->begin = begin;
  catalogue_class->commit = commit;
  catalogue_class->rollback = rollback;
}

static void
tyto_catalogue_sqlite_init (TytoCatalogueSqlite *self)
{
}

TytoCatalogue *
tyto_catalogue_sqlite_new (const char *path)
{
  TytoCatalogueSqlite *self = g_object_new (TYTO_TYPE_CATALOGUE_SQLITE, NULL);

  self->path = g_strdup (path);
  return TYTO_CATALOGUE (self);
}
