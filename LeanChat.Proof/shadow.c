int shadow;
