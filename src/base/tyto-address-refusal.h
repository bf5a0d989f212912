/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-address-refusal.h: where a webhook must not go, nor a playlist come from, so that nobody
 * makes Tyto speak to what only its machine can reach (server-side request forgery). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * Why nothing is sent to @address, in a few words; NULL when something may be. (transfer none)
 *
 * Refused: unspecified (0.0.0.0/8, ::), link-local (169.254.0.0/16, fe80::/10), with which goes
 * every cloud's metadata service, the metadata services that have other addresses, multicast,
 * reserved (240.0.0.0/4), and IPv6 addresses that carry one of these (IPv4-mapped and -compatible,
 * RFC 4291; translated, RFC 6052 and RFC 2765; 6to4, RFC 3056). Loopback is for who names it:
 * @host is "localhost" or an address of it; not for a name that happens to lead there. Private
 * networks (RFC 1918, RFC 4193) are where people's own servers are: allowed.
 */
const char *tyto_address_refusal (GInetAddress *address, const char *host);

G_END_DECLS
