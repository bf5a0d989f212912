/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-worker-launcher.h"

#include <unistd.h>

struct _TytoWorkerLauncher {
  GObject parent_instance;

  TytoSettings *settings;
  char *program;
  char *run_dir;
};

G_DEFINE_FINAL_TYPE (TytoWorkerLauncher, tyto_worker_launcher, G_TYPE_OBJECT)

TytoWorkerLauncher *
tyto_worker_launcher_new (TytoSettings *settings, const char *program, const char *run_dir)
{
  TytoWorkerLauncher *self = g_object_new (TYTO_TYPE_WORKER_LAUNCHER, NULL);

  self->settings = g_object_ref (settings);
  self->program = g_strdup (program);
  self->run_dir = g_strdup (run_dir);
  return self;
}

/* What a worker needs of the environment, and no more. */
static GStrv
make_environment (void)
{
  static const char *const prefixes[]
      = { "PATH=",       "HOME=",           "LANG=",    "LC_",        "TZ=",
          "GST_",        "G_DEBUG=",        "G_SLICE=", "G_MESSAGES", "LD_LIBRARY",
          "LD_PRELOAD=", "XDG_CACHE_HOME=", "TMPDIR=",  "JOURNAL_",   "LOG_LEVEL=",
          "LOG_FORMAT=", "ASAN_",           "UBSAN_",   "LSAN_",      "MALLOC_" };
  g_auto (GStrv) ours = g_get_environ ();
  g_autoptr (GStrvBuilder) kept = g_strv_builder_new ();

  for (guint i = 0; ours[i] != NULL; i++) {
    for (guint j = 0; j < G_N_ELEMENTS (prefixes); j++) {
      if (g_str_has_prefix (ours[i], prefixes[j])) {
        g_strv_builder_add (kept, ours[i]);
        break;
      }
    }
  }
  return g_strv_builder_end (kept);
}

static GSubprocess *
spawn (TytoWorkerLauncher *self, guint number, TytoWorkerSocket *socket, const char *const *argv,
       GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_auto (GStrv) environment = make_environment ();

  if (!tyto_worker_socket_open (socket, self->run_dir, number, error))
    return NULL;
  g_subprocess_launcher_set_environ (launcher, environment);
  g_subprocess_launcher_setenv (launcher, "LOG_LEVEL",
                                tyto_settings_get_string (self->settings, "log-level"), TRUE);
  g_subprocess_launcher_setenv (launcher, "LOG_FORMAT",
                                tyto_settings_get_string (self->settings, "log-format"), TRUE);
  g_subprocess_launcher_take_fd (launcher, g_steal_fd (&socket->fd), 3);
  /* Our standard output says one line for scripts; a worker has nothing to add to it. */
  g_subprocess_launcher_take_stdout_fd (launcher, dup (STDERR_FILENO));
  return g_subprocess_launcher_spawnv (launcher, argv, error);
}

GSubprocess *
tyto_worker_launcher_spawn (TytoWorkerLauncher *self, guint number, TytoWorkerSocket *socket,
                            GError **error)
{
  const char *const argv[] = { self->program, "--socket-fd", "3", NULL };

  return spawn (self, number, socket, argv, error);
}

/* Installed beside the worker; in a build directory, in a folder of its own. (transfer full) */
static char *
find_collector (TytoWorkerLauncher *self)
{
  g_autofree char *directory = g_path_get_dirname (self->program);
  g_autofree char *beside = g_build_filename (directory, "tyto-collector", NULL);
  g_autofree char *built = g_build_filename (directory, "../collector/tyto-collector", NULL);

  if (!g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE)
      && g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&built);
  return g_steal_pointer (&beside);
}

GSubprocess *
tyto_worker_launcher_spawn_role (TytoWorkerLauncher *self, TytoWorkerRole role, guint instance,
                                 TytoWorkerSocket *socket, GError **error)
{
  g_autofree char *collector = find_collector (self);
  const char *const archive[] = { self->program, "--archive", "--socket-fd", "3", NULL };
  const char *const assemble[] = { self->program, "--assemble", "--socket-fd", "3", NULL };
  const char *const collect[] = { collector, "--socket-fd", "3", NULL };
  const char *const *const programs[] = {
    [TYTO_WORKER_ROLE_ARCHIVER] = archive,
    [TYTO_WORKER_ROLE_BROADCAST_ARCHIVER] = archive,
    [TYTO_WORKER_ROLE_COLLECTOR] = collect,
    [TYTO_WORKER_ROLE_ASSEMBLER] = assemble,
  };

  g_return_val_if_fail (role < G_N_ELEMENTS (programs) && instance < 256, NULL);
  return spawn (self, TYTO_WORKER_SOCKET_ROLES + role * 256 + instance, socket, programs[role],
                error);
}

guint
tyto_worker_launcher_get_stagger_ms (TytoWorkerLauncher *self)
{
  return tyto_settings_get_uint (self->settings, "connect-stagger-ms");
}

const char *
tyto_worker_launcher_get_run_dir (TytoWorkerLauncher *self)
{
  return self->run_dir;
}

static void
tyto_worker_launcher_finalize (GObject *object)
{
  TytoWorkerLauncher *self = TYTO_WORKER_LAUNCHER (object);

  g_object_unref (self->settings);
  g_free (self->program);
  g_free (self->run_dir);
  G_OBJECT_CLASS (tyto_worker_launcher_parent_class)->finalize (object);
}

static void
tyto_worker_launcher_class_init (TytoWorkerLauncherClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_worker_launcher_finalize;
}

static void
tyto_worker_launcher_init (TytoWorkerLauncher *self)
{
}
