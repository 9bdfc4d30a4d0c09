# The Debian package: `cmake --build --preset release && cpack -G DEB --config b/release/CPackConfig.cmake`.
# Completions, man pages and schemas are written by the program that is packaged.
include(GNUInstallDirs)
set(PACKAGING ${CMAKE_CURRENT_LIST_DIR})
set(WRITTEN ${CMAKE_BINARY_DIR}/written)
find_program(GZIP gzip REQUIRED)

function(written name kind)
  add_custom_command(OUTPUT ${WRITTEN}/${name}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${WRITTEN}
    COMMAND $<TARGET_FILE:penstock> reference ${kind} > ${WRITTEN}/${name}
    DEPENDS penstock VERBATIM)
  set(files ${files} ${WRITTEN}/${name} PARENT_SCOPE)
endfunction()
function(gzipped from to)
  add_custom_command(OUTPUT ${WRITTEN}/${to}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${WRITTEN}
    COMMAND ${GZIP} -9nc ${from} > ${WRITTEN}/${to} DEPENDS ${from} VERBATIM)
  set(files ${files} ${WRITTEN}/${to} PARENT_SCOPE)
endfunction()

set(files)
written(penstock bash)
written(_penstock zsh)
written(penstock.1 man)
written(penstock.toml.5 man-config)
written(penstock-policy.5 man-policy)
written(penstock.schema.json schema-config)
written(policy.schema.json schema-policy)
gzipped(${WRITTEN}/penstock.1 penstock.1.gz)
gzipped(${WRITTEN}/penstock.toml.5 penstock.toml.5.gz)
gzipped(${WRITTEN}/penstock-policy.5 penstock-policy.5.gz)
gzipped(${PACKAGING}/changelog changelog.gz)
gzipped(${PROJECT_SOURCE_DIR}/CHANGELOG.md NEWS.md.gz)
add_custom_target(penstock_written ALL DEPENDS ${files})

install(TARGETS penstock RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/deploy/penstock.service DESTINATION lib/systemd/system)
install(FILES ${PROJECT_SOURCE_DIR}/deploy/penstock.toml DESTINATION /etc/penstock)
install(DIRECTORY DESTINATION /etc/penstock/policies.d)
install(FILES ${WRITTEN}/penstock DESTINATION share/bash-completion/completions)
install(FILES ${WRITTEN}/_penstock DESTINATION share/zsh/vendor-completions)
install(FILES ${WRITTEN}/penstock.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${WRITTEN}/penstock.toml.5.gz ${WRITTEN}/penstock-policy.5.gz
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${WRITTEN}/penstock.schema.json ${WRITTEN}/policy.schema.json DESTINATION share/penstock/schema)
install(FILES ${PROJECT_SOURCE_DIR}/deploy/prometheus/penstock.rules.yml
              ${PROJECT_SOURCE_DIR}/deploy/prometheus/alertmanager.yml
        DESTINATION share/penstock/prometheus)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/policies/examples/ DESTINATION share/doc/penstock/examples
        FILES_MATCHING PATTERN "*.toml")
install(FILES ${PROJECT_SOURCE_DIR}/deploy/README.md RENAME deploy.md DESTINATION share/doc/penstock)
install(FILES ${PROJECT_SOURCE_DIR}/policies/README.md RENAME policies.md DESTINATION share/doc/penstock)
install(FILES ${PROJECT_SOURCE_DIR}/metrics/README.md RENAME metrics.md DESTINATION share/doc/penstock)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PACKAGING}/copyright ${WRITTEN}/changelog.gz
              ${WRITTEN}/NEWS.md.gz
        DESTINATION share/doc/penstock)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME penstock)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "Penstock maintainers <penstock@packages.debian.org>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, bash-completion")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"sizes the public egress bandwidth of Zenlayer instances
Penstock reads how much traffic each instance sends, decides by policy how
much bandwidth it should have, orders the change through the provider's API,
follows it to its effect, and tells Prometheus what it did and why.
.
Upgrades are made at once; prepaid downgrades are batched just before the
term ends. Nothing is ordered twice, nothing is lowered on doubt, and money
has limits. A policy only observes until it is told to enforce.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PACKAGING}/conffiles ${PACKAGING}/postinst ${PACKAGING}/prerm ${PACKAGING}/postrm)
include(CPack)
