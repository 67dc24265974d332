# dirbridge_library(<folder> [DEPS folder...] [LINK public libraries...] [PRIVATE libraries...])
#
# One folder is one static library `dirbridge_<folder>`. Its headers are reached as "<folder>/name.hpp" through a link of
# that one folder in the build tree, so that a folder can include only what it (or what it depends on) names in DEPS:
# a forbidden include is a compile error, not a review remark.
function(dirbridge_library folder)
  cmake_parse_arguments(ARG "" "" "DEPS;LINK;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cpp")
  set(door "${CMAKE_BINARY_DIR}/doors/${folder}")
  file(MAKE_DIRECTORY "${door}")
  file(CREATE_LINK "${CMAKE_SOURCE_DIR}/${folder}" "${door}/${folder}" SYMBOLIC)
  if(NOT sources)
    add_library(dirbridge_${folder} INTERFACE)
    return()
  endif()
  add_library(dirbridge_${folder} STATIC ${sources})
  target_include_directories(dirbridge_${folder} PUBLIC "${door}")
  foreach(dep IN LISTS ARG_DEPS)
    target_link_libraries(dirbridge_${folder} PUBLIC dirbridge_${dep})
  endforeach()
  target_link_libraries(dirbridge_${folder} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
endfunction()
