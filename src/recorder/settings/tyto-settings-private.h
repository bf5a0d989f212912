/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-settings-private.h: what the files of #TytoSettings share. */
#pragma once

#include "recorder/settings/tyto-settings.h"

#include <sys/stat.h>

G_BEGIN_DECLS

#define TYTO_SETTINGS_SCHEMA "org.tyto.recorder"
#define TYTO_SETTINGS_PATH   "/org/tyto/recorder/"
#define TYTO_SETTINGS_GROUP  "tyto"

/* What a key of the service is; the property has the key's name. */
typedef enum {
  TYTO_SETTINGS_STRING,
  TYTO_SETTINGS_UINT,
  TYTO_SETTINGS_ENUM,
  TYTO_SETTINGS_DICT,
} TytoSettingsType;

/* What a value must be beyond what the schema can say; all strings may be empty. */
typedef enum {
  TYTO_SETTINGS_ANY,
  TYTO_SETTINGS_SECRET,   /* `${NAME}` */
  TYTO_SETTINGS_KEY,      /* `${NAME}` or itself */
  TYTO_SETTINGS_ORIGIN,   /* http(s)://HOST[:PORT] */
  TYTO_SETTINGS_URL,      /* http(s)://, no credentials, query or fragment */
  TYTO_SETTINGS_DATABASE, /* postgresql://, no password */
  TYTO_SETTINGS_CLOCK,    /* HH:MM */
  TYTO_SETTINGS_BUCKET,   /* of an object store */
  TYTO_SETTINGS_SECONDS,  /* a number; in the environment "90", "90s" or "1m30s", too */
} TytoSettingsMeaning;

typedef struct {
  const char *name;
  TytoSettingsType type;
  TytoSettingsMeaning meaning;
  const char *environment[3]; /* the first that is set counts */
} TytoSettingsKey;

extern const TytoSettingsKey tyto_settings_keys[];
extern const guint tyto_settings_n_keys;

/* NULL when there is none called @name. */
const TytoSettingsKey *tyto_settings_find_key (const char *name);
/* Whether @value is what @key means. INVALID_ARGUMENT, without a secret in it. */
gboolean tyto_settings_check_meaning (const TytoSettingsKey *key, GVariant *value, GError **error);

/* What stands in groups of its own, [PLURAL/ID]. */
typedef enum {
  TYTO_SETTINGS_CAMERAS,
  TYTO_SETTINGS_WEBHOOKS,
  TYTO_SETTINGS_N_KINDS
} TytoSettingsKind;

typedef struct {
  const char *noun;   /* "camera" */
  const char *prefix; /* of its groups: "cameras/" */
  const char *schema;
  const char *signal; /* emitted with the id of what changed */
  GBoxedCopyFunc ref;
  GDestroyNotify unref;
  gboolean (*equal) (gconstpointer a, gconstpointer b);
  /* The config of @group as the file has it; NULL when it cannot be used (said in the log).
   * (transfer full) */
  gpointer (*read) (TytoSettings *self, GKeyFile *file, const char *group, const char *id);
} TytoSettingsKindInfo;

extern const TytoSettingsKindInfo tyto_settings_camera_kind;
extern const TytoSettingsKindInfo tyto_settings_webhook_kind;
const TytoSettingsKindInfo *tyto_settings_kind_info (TytoSettingsKind kind);

struct _TytoSettings {
  GObject parent_instance;
  char *file;
  char *state_dir;
  char *secrets_dir;
  char *default_output_dir;
  GSettingsBackend *backend;
  GSettingsSchema *schema;
  GSettingsSchema *schemas[TYTO_SETTINGS_N_KINDS];
  GSettings *service;
  GFileMonitor *monitor;
  GHashTable *overrides;   /* (element-type utf8 GVariant): from the environment */
  GHashTable *values;      /* (element-type utf8 GVariant): read from the file since it changed */
  char *database_password; /* nullable: that of DATABASE_URL */
  GHashTable *configs[TYTO_SETTINGS_N_KINDS]; /* (element-type utf8 boxed): as last read, by id */
  GHashTable *digests[TYTO_SETTINGS_N_KINDS]; /* (element-type utf8 utf8): what each was made of */
  struct stat own;                            /* the file as we wrote it; zeroed before */
};

/* Fills in the overrides. */
void tyto_settings_read_environment (TytoSettings *self);

/* Reads all groups anew and emits the kind's signal for each that differs from what was known. */
void tyto_settings_sync (TytoSettings *self);
/* All of @kind, sorted by id (element-type boxed) (transfer full); one (transfer full) (nullable).
 */
GPtrArray *tyto_settings_list_kind (TytoSettings *self, TytoSettingsKind kind);
gpointer tyto_settings_get_of_kind (TytoSettings *self, TytoSettingsKind kind, const char *id);
/* The group's keys to be set, its @secret kept where it belongs; then the one write of the file.
 * NULL: STORAGE. (transfer full) */
GSettings *tyto_settings_edit (TytoSettings *self, TytoSettingsKind kind, const char *id,
                               const char *secret, GError **error);
gboolean tyto_settings_commit (TytoSettings *self, TytoSettingsKind kind, const char *id,
                               GSettings *group, GError **error);
gboolean tyto_settings_remove_of_kind (TytoSettings *self, TytoSettingsKind kind, const char *id,
                                       GError **error);

/* Key @name of @group; the default where it is absent, or wrong (said in the log). Read from the
 * file itself, since the backend hears of an edit at a time of its own. (transfer full) */
GVariant *tyto_settings_read_key (TytoSettings *self, GSettingsSchema *schema, GKeyFile *file,
                                  const char *group, const char *name);

/* The secret of the camera or webhook (@kind) called @id. (transfer full) (nullable) */
char *tyto_settings_read_secret (TytoSettings *self, const char *kind, const char *id);
/* Keeps it; "" and a reference, which stands in the keyfile, remove what was kept. */
gboolean tyto_settings_write_secret (TytoSettings *self, const char *kind, const char *id,
                                     const char *secret, GError **error);

/* Whether @text is `${NAME}`. */
gboolean tyto_settings_is_reference (const char *text);
/* What `${NAME}` stands for: $CREDENTIALS_DIRECTORY/NAME, then the environment variable.
 * TYTO_ERROR_NOT_FOUND. (transfer full) */
char *tyto_settings_read_reference (const char *reference, GError **error);

/* tyto-settings-keyfile.c: what is set of @group, delayed, becomes the group @name of the file; a
 * group goes. STORAGE: the file is as it was. */
gboolean tyto_settings_write_group (TytoSettings *self, const char *name, GSettings *group,
                                    GSettingsSchema *schema, GError **error);
gboolean tyto_settings_remove_group (TytoSettings *self, const char *name, GError **error);
/* Whether the file is still the one that the last of these two wrote. */
gboolean tyto_settings_is_own_file (TytoSettings *self);

G_END_DECLS
