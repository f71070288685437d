"""SAP's own words for what it refuses in the design time, as data: clients are tested against them.

From SAP's API files and from answers of tenants. Braces are filled in by whoever refuses.
"""

NAME_RULE = (
    "Name should begin with alphabet or underscore (_) and can also contain numbers, space, period(.) or hyphen(-)."
    " But it should not end with period(.)"
)
ID_RULE = "Property 'Id' value cannot have a special character. Enter a valid Id."
SHORT_TEXT_EMPTY = "Property 'ShortText' cannot be empty"
CONTENT_EMPTY = "Property 'ArtifactContent' cannot be empty"
NO_DEFINITIONS = "InputStream cannot be null"
"""500 for a zip with parameters.prop and without parameters.propdef."""
FLOW_EXISTS = (
    "An integration flow {name} with the ID {id} already exists in the {package} package."
    " Please rename the artifact ID."
)
PACKAGE_EXISTS = "Entity with the specified IntegrationPackage id already exist."
KEY_FIELDS_IN_PUT = "Update of Integration Flow failed : Update of PackageId and Id are not allowed."
SYMBOLIC_NAME_CHANGED = "Could not update artifact of the package; due to change in the Bundle-symbolicName"
CONFIGURE_ONLY_DOWNLOAD = "Cannot download the artifact from a configure only package"
DRAFTS_IN_EXPORT = "Package export failed. It contains the following artifacts are in draft state: [ {drafts} ]."
DRAFT = "{{Type=IFlow, Name={name}}}"
LOCKED_PUT = "Cannot update the artifact as it is locked"
LOCKED_DELETE = "Cannot delete the artifact as it is locked."
LOCKED_UPDATE = "Update of Integration Flow failed. Cannot update the artifact as it is locked."
PARAMETER_MISSING = "Parameter key '{key}' not found."
PARAMETER_BODY = "Wrong body format for the expected parameter value"
CHECK_PASSED = "Check execution result: Passed"
CHECK_FAILED = "Check execution result: Failed {reason}"
