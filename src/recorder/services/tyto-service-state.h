/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-service-state.h: what is remembered of the user's services over a restart: few words in a
 * key file of the state directory, written in the background at each change. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_SERVICE_STATE (tyto_service_state_get_type ())
G_DECLARE_FINAL_TYPE (TytoServiceState, tyto_service_state, TYTO, SERVICE_STATE, GObject)

/* Reads DIRECTORY/services.state; what cannot be read there counts as nothing. */
TytoServiceState *tyto_service_state_new (const char *directory);

/* (transfer full) (nullable) */
char *tyto_service_state_get (TytoServiceState *self, const char *group, const char *key);
/* @value: NULL forgets it. */
void tyto_service_state_set (TytoServiceState *self, const char *group, const char *key,
                             const char *value);
/* (transfer full): empty when there are none */
char **tyto_service_state_list (TytoServiceState *self, const char *group);
void tyto_service_state_forget_group (TytoServiceState *self, const char *group);

/* Done when all is written, or cannot be (said in the log). TRUE always. */
void tyto_service_state_flush_async (TytoServiceState *self, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean
tyto_service_state_flush_finish (TytoServiceState *self, GAsyncResult *result, GError **error);

G_END_DECLS
