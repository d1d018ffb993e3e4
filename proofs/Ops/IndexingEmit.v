(* What the templates of gather and scatter make of the indices: clamped, shifted. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve.
From Pullback Require Import Ops.Builder Ops.BuilderProof Ops.Source Ops.IndexingPlaces.
Import ListNotations.
Open Scope R_scope.

(* m * 10^e *)
Lemma whole_from_value fuel m e : (0 <= e)%Z -> sem_decimal Rscal (whole_from fuel m e) = IZR (m * 10 ^ e).
Proof.
  assert (B : forall m e, (0 <= e)%Z -> sem_decimal Rscal (Dec m e) = IZR (m * 10 ^ e)).
  { intros m' e' He. cbn [sem_decimal]. rewrite (proj2 (Z.leb_le _ _)) by auto. cbn [sofQ Rscal].
    change (IZR (Zpos 1)) with 1. field. }
  revert m e. induction fuel as [|fuel IH]; intros m e He; cbn [whole_from]; auto.
  destruct (negb (m =? 0) && (m mod 10 =? 0))%Z eqn:E; auto.
  apply andb_prop in E as [_ E]. rewrite IH by lia. f_equal.
  pose proof (Z.div_mod m 10 ltac:(lia)) as D. rewrite (proj1 (Z.eqb_eq _ _) E), Z.add_0_r in D.
  rewrite D at 2. rewrite Z.pow_add_r by lia. ring.
Qed.
Lemma whole_value z : sem_decimal Rscal (whole z) = IZR z.
Proof. unfold whole. rewrite whole_from_value by lia. rewrite Z.mul_1_r; auto. Qed.
(* A list of whole numbers as a constant. *)
Lemma sem_list e l p : (0 <= p < rank l)%Z ->
  sem_constant Rscal (e, [rank l]) (map whole l) [p] = IZR (znth l p).
Proof.
  intros H. destruct l as [|a [|b l]].
  - unfold rank in H; simpl in H; lia.
  - unfold rank in H; simpl in H. replace p with 0%Z by lia. simpl map. cbn [sem_constant].
    rewrite whole_value. auto.
  - set (c := a :: b :: l) in *. change (nth (Z.to_nat (ravel [rank c] [p])) (map (sem_decimal Rscal) (map
    whole c)) 0
      = IZR (znth c p)).
    unfold ravel. cbn [combine fold_left fst snd]. replace (0 * rank c + p)%Z with p by ring.
    rewrite map_map. rewrite nth_indep with (d' := sem_decimal Rscal (whole 0))
      by (rewrite map_length; unfold rank in H; lia).
    rewrite (map_nth (fun z => sem_decimal Rscal (whole z))). apply whole_value.
Qed.

Section Along.
  Variables (n : window_numbers) (sx : shape).
  Let t : ty := (I32, sx).
  (* The component of its index vector that an element of the indices is. *)
  Definition component (j : idx) : Z := if (n_vector n <? rank sx)%Z then znth j (n_vector n) else 0%Z.
  Hypothesis V : (0 <= n_vector n <= rank sx)%Z.
  Definition components_of (l : list Z) : Prop :=
    rank l = if (n_vector n <? rank sx)%Z then znth sx (n_vector n) else 1%Z.

  Lemma makes_along l L : components_of l ->
    makes (emit_along n t l) L t (fun j => IZR (znth l (component j))).
  Proof.
    unfold components_of, emit_along, component. intros C. cbn [snd fst t].
    eapply makes_bind; [apply makes_emit|]. intros v L' X Tv Hv.
    eapply makes_ext; [|apply makes_emit]. intros j Hj. cbn [snd t] in Hj. cbn [map sem0].
    rewrite Tv. cbn [snd]. destruct (n_vector n <? rank sx)%Z eqn:E.
    - apply Z.ltb_lt in E. pose proof (inb_at _ _ (n_vector n) Hj ltac:(lia)) as B.
      assert (Q : broadcast_source (pick [n_vector n] sx) [n_vector n] j = [znth j (n_vector n)]).
      { unfold broadcast_source. cbn [pick map combine fst snd].
        destruct (Z.eqb_spec (znth sx (n_vector n)) 1) as [O|O]; auto. f_equal. lia. }
      rewrite Q. rewrite (holds_at _ _ _ [znth sx (n_vector n)] _ Hv).
      + cbn [sem0 map pick]. rewrite <- C. apply (sem_list I32). rewrite C. lia.
      + unfold vshape. rewrite Tv. reflexivity.
      + apply inb_cons. split; auto.
    - cbn [pick map broadcast_source combine]. unfold broadcast_source. cbn [combine map].
      rewrite (holds_at _ _ _ [] _ Hv); auto.
      + destruct l as [|a [|]]; unfold rank in C; simpl in C; try lia. cbn [sem0 map sem_constant].
        rewrite whole_value. reflexivity.
      + unfold vshape. rewrite Tv. reflexivity.
  Qed.
  Lemma makes_clamped L v x low high : holds L v x -> snd v = t -> components_of low -> components_of high ->
    makes (emit_clamped n v low high) L t
      (fun j => clamp (znth low (component j)) (znth high (component j)) (x j)).
  Proof.
    intros Hv Tv Cl Ch. unfold emit_clamped. rewrite Tv.
    assert (S : forall u, snd u = t -> vshape u = sx) by (intros u E; unfold vshape; rewrite E; auto).
    eapply makes_bind; [apply makes_along; auto|]. intros l L1 X1 Tl Hl.
    eapply makes_bind; [apply makes_emit|]. intros r L2 X2 Tr Hr.
    eapply makes_bind; [apply makes_along; auto|]. intros h L3 X3 Th Hh.
    eapply makes_ext; [|apply makes_emit]. intros j Hj. cbn [snd t] in Hj. cbn [map sem0].
    assert (Hr' : holds L3 r (sem0 Rscal (Binary Maximum) (map snd [v; l]) t (map (value L1) [v; l]))) by
      carry.
    rewrite (holds_at L3 r _ sx j Hr') by auto. rewrite (holds_at L3 h _ sx j Hh) by auto.
    cbn [map sem0]. assert (Hv' : holds L1 v x) by carry.
    rewrite (holds_at L1 v _ sx j Hv'), (holds_at L1 l _ sx j Hl) by auto. reflexivity.
  Qed.
End Along.
(* At the index of component k, the list's element k. *)
Lemma component_index_of n si sx w k : lie n si sx -> (0 <= k < rank (n_map n))%Z ->
  component n sx (index_of n (rank sx) w k) = k.
Proof.
  intros L Hk. pose proof (lie_vector _ _ _ L) as V. rewrite (lie_map _ _ _ L) in Hk. unfold component.
  destruct (Z.ltb_spec (n_vector n) (rank sx)); [|lia].
  unfold index_of. rewrite znth_map_zseq, Z.eqb_refl by lia. auto.
Qed.
(* A number for each scattered axis, at the components of the index vectors. *)
Lemma components_each n si sx (f : Z -> Z) : lie n si sx -> components_of n sx (map f (n_map n)).
Proof. intros L. unfold components_of. rewrite <- (lie_map _ _ _ L). unfold rank. rewrite map_length; auto.
  Qed.
Lemma znth_each n (f : Z -> Z) d : In d (n_map n) -> znth (map f (n_map n)) (indexz d (n_map n)) = f d.
Proof. intros H. rewrite znth_map, znth_indexz; auto. apply indexz_range; auto. Qed.
