/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-slow-directory.h"

#include "base/tyto-error.h"
#include "recorder/retention/tyto-file-beneath.h"
#include "recorder/spool/tyto-spool.h"
#include "store/tyto-catalogue-upkeep.h"

struct _TytoSlowDirectory {
  GObject parent_instance;

  TytoSettings *settings;
  TytoCatalogue *catalogue;
  TytoSpool *spool; /* claimed, or NULL */
  char *list;       /* the file with those that are known, one a line */
  GStrv known;
};

G_DEFINE_FINAL_TYPE (TytoSlowDirectory, tyto_slow_directory, G_TYPE_OBJECT)

static gboolean
is_known (TytoSlowDirectory *self, const char *directory)
{
  return g_strv_contains ((const char *const *) self->known, directory);
}

/* Before anything is moved there. */
static gboolean
remember (TytoSlowDirectory *self, const char *directory, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL;

  if (is_known (self, directory))
    return TRUE;
  g_strv_builder_add (builder, directory);
  g_strv_builder_addv (builder, (const char **) self->known);
  g_strfreev (self->known);
  self->known = g_strv_builder_end (builder);
  text = g_strjoinv ("\n", self->known);
  if (g_file_set_contents_full (self->list, text, -1,
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0640,
                                &cause))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "Could not write %s: %s", self->list,
                  cause->message);
  return FALSE;
}

/* --- Looking and claiming --- */

/* In a thread: whether the spool that is claimed is there, and whether a new one may be. */
static void
look_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TytoSpool *spool = data;
  const char *directory = tyto_spool_get_directory (spool);
  gboolean known = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (task), "known"));
  gboolean there = tyto_spool_is_claimed (spool) ? tyto_spool_is_there (spool)
                                                 : !known || tyto_file_beneath_is_there (directory);

  if (there) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_STORAGE,
                           "%s is not what it was: its disk is away\nMount it. If its recordings "
                           "are gone for good, make the directory %s/" TYTO_SPOOL_DIR
                           " with an empty file \"id\".",
                           directory, directory);
}

static void
on_claimed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoSlowDirectory *self = g_task_get_source_object (task);
  TytoSpool *spool = TYTO_SPOOL (source);
  GError *error = NULL;

  if (!tyto_spool_claim_finish (spool, result, NULL, &error)
      || !remember (self, tyto_spool_get_directory (spool), &error)) {
    g_task_return_error (task, error);
    return;
  }
  g_message ("Recordings are moved to %s", tyto_spool_get_directory (spool));
  g_set_object (&self->spool, spool);
  g_task_return_boolean (task, TRUE);
}

static void
on_id (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autofree char *id = tyto_catalogue_get_id_finish (TYTO_CATALOGUE (source), result, &error);

  if (id == NULL) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  tyto_spool_claim_async (g_task_get_task_data (task), id, FALSE, NULL, on_claimed, task);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoSlowDirectory *self = g_task_get_source_object (task);
  TytoSpool *spool = g_task_get_task_data (task);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    g_clear_object (&self->spool);
    g_task_return_error (task, error);
  } else if (tyto_spool_is_claimed (spool)) {
    g_task_return_boolean (task, TRUE);
  } else {
    tyto_catalogue_get_id_async (self->catalogue, NULL, on_id, task);
    return;
  }
  g_object_unref (task);
}

/* A file of the one would be one of the other. */
static gboolean
check_apart (TytoSlowDirectory *self, const char *directory, GError **error)
{
  g_autofree char *output
      = g_canonicalize_filename (tyto_settings_get_string (self->settings, "output-dir"), "/");

  if (!g_str_equal (output, directory) && tyto_file_beneath_relative (output, directory) == NULL
      && tyto_file_beneath_relative (directory, output) == NULL)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Give slow-dir a directory of its own.",
                  "%s and output-dir (%s) are not apart", directory, output);
  return FALSE;
}

void
tyto_slow_directory_claim_async (TytoSlowDirectory *self, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  const char *set = tyto_settings_get_string (self->settings, "slow-dir");
  g_autofree char *directory = *set != '\0' ? g_canonicalize_filename (set, "/") : NULL;
  g_autoptr (GTask) look = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, tyto_slow_directory_claim_async);
  if (self->spool != NULL && g_strcmp0 (directory, tyto_spool_get_directory (self->spool)) != 0)
    g_clear_object (&self->spool);
  if (directory == NULL || !check_apart (self, directory, &error)) {
    if (error != NULL)
      g_task_return_error (task, error);
    else
      g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  g_task_set_task_data (
      task, self->spool != NULL ? g_object_ref (self->spool) : tyto_spool_new (directory),
      g_object_unref);
  look = g_task_new (self, NULL, on_looked, task);
  g_task_set_source_tag (look, look_in_thread);
  g_object_set_data (G_OBJECT (look), "known", GINT_TO_POINTER (is_known (self, directory)));
  g_task_set_task_data (look, g_object_ref (g_task_get_task_data (task)), g_object_unref);
  g_task_run_in_thread (look, look_in_thread);
}

gboolean
tyto_slow_directory_claim_finish (TytoSlowDirectory *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

const char *
tyto_slow_directory_get (TytoSlowDirectory *self)
{
  return self->spool != NULL ? tyto_spool_get_directory (self->spool) : NULL;
}

const char *const *
tyto_slow_directory_get_known (TytoSlowDirectory *self)
{
  return (const char *const *) self->known;
}

static void
tyto_slow_directory_finalize (GObject *object)
{
  TytoSlowDirectory *self = TYTO_SLOW_DIRECTORY (object);

  g_clear_object (&self->spool);
  g_clear_object (&self->catalogue);
  g_clear_object (&self->settings);
  g_strfreev (self->known);
  g_free (self->list);
  G_OBJECT_CLASS (tyto_slow_directory_parent_class)->finalize (object);
}

static void
tyto_slow_directory_class_init (TytoSlowDirectoryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_slow_directory_finalize;
}

static void
tyto_slow_directory_init (TytoSlowDirectory *self)
{
}

TytoSlowDirectory *
tyto_slow_directory_new (TytoSettings *settings, TytoCatalogue *catalogue)
{
  TytoSlowDirectory *self = g_object_new (TYTO_TYPE_SLOW_DIRECTORY, NULL);
  g_autofree char *text = NULL;

  self->settings = g_object_ref (settings);
  self->catalogue = g_object_ref (catalogue);
  self->list = g_build_filename (tyto_settings_get_state_dir (settings), "slow-directories", NULL);
  if (g_file_get_contents (self->list, &text, NULL, NULL))
    self->known = g_strsplit (g_strstrip (text), "\n", -1);
  else
    self->known = g_new0 (char *, 1);
  return self;
}
