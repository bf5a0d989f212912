/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-guarded-address.h: a host by name, but for those of its addresses that nobody may be made to
 * ask (tyto_address_refusal()), each time it is connected to. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_GUARDED_ADDRESS (tyto_guarded_address_get_type ())
G_DECLARE_FINAL_TYPE (TytoGuardedAddress, tyto_guarded_address, TYTO, GUARDED_ADDRESS,
                      GNetworkAddress)

/* Connecting gives TYTO_ERROR_INVALID_ARGUMENT when none of its addresses may be asked. */
TytoGuardedAddress *tyto_guarded_address_new (const char *host, guint16 port);

G_END_DECLS
