/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-archiver-target.h: where uploads go: what Configure of org.tyto.Archiver1 said. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* TytoArchiverTarget: a reference-counted record that does not change. */
typedef struct _TytoArchiverTarget TytoArchiverTarget;

/* @settings: as data/org.tyto.Archiver1.xml has them. TYTO_ERROR_INVALID_ARGUMENT */
TytoArchiverTarget *tyto_archiver_target_new (GVariant *settings, GError **error);
TytoArchiverTarget *tyto_archiver_target_ref (TytoArchiverTarget *self);
void tyto_archiver_target_unref (TytoArchiverTarget *self);

/* Sets the properties of @sink, an s3sink, all but its object's. */
void tyto_archiver_target_apply (TytoArchiverTarget *self, GstElement *sink);

/* Bytes/s of all uploads together, 0: no limit. */
guint64 tyto_archiver_target_get_bandwidth (TytoArchiverTarget *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoArchiverTarget, tyto_archiver_target_unref)

G_END_DECLS
