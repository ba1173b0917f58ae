#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

#define ROOT_CA_LEN_MAX 16384

int
file_read_new(struct bytes *out, const char *path, size_t len_max,
    struct fault *f)
{
	bool is_stdin = strcmp(path, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(path, "rb");
	uint8_t *data = NULL;
	size_t len;
	int r = -1;

	if (file == NULL)
		return fault_set(f, FAULT_INTERNAL, "%s: %s", path,
		    strerror(errno));
	data = malloc(len_max + 1);
	if (data == NULL) {
		fault_set_memory(f);
		goto out;
	}
	len = fread(data, 1, len_max + 1, file);
	if (ferror(file)) {
		fault_set(f, FAULT_INTERNAL, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (len > len_max) {
		fault_set(f, FAULT_INTERNAL, "%s: want at most %zu bytes",
		    path, len_max);
		goto out;
	}
	*out = (struct bytes){ data, len };
	r = 0;
out:
	if (r < 0)
		free(data);
	if (!is_stdin)
		fclose(file);
	return r;
}

int
file_read_trust(struct trust *t, const char *path, struct fault *f)
{
	struct bytes file;
	int r;

	if (path == NULL) {
		trust_set_intel(t);
		return 0;
	}
	if (file_read_new(&file, path, ROOT_CA_LEN_MAX, f) < 0)
		return -1;
	r = trust_read(t, file, f);
	free((void *)file.ptr);
	return r < 0 ? fault_prefix(f, path) : 0;
}
