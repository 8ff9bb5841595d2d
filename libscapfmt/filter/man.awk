# SPDX-License-Identifier: Apache-2.0
# Rows of `scapfmt schema list --fields` as entries of a manual page.
{
    name = $1; type = $2
    $1 = $2 = ""
    sub(/^ */, "")
    gsub(/\\/, "\\e"); gsub(/-/, "\\-")
    printf ".TP\n\\fB%s\\fR (%s)\n%s\n", name, type, $0
}
