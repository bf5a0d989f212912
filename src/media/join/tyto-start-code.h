/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-start-code.h: finds start codes (ISO/IEC 14496-10, annex B). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_START_CODE 3 /* bytes: 00 00 01 */

/* Where the first one at or behind @from begins that is whole in front of @size; @size: nowhere. */
guint32 tyto_start_code_find (const guint8 *data, guint32 from, guint32 size);

G_END_DECLS
